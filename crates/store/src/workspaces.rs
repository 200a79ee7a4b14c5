//! Table `workspaces`.

use gatehouse_core::id::{UserId, WorkspaceId};
use gatehouse_core::identity::workspace::Workspace;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new workspace.
pub async fn insert(tx: &mut Tx, workspace: &Workspace) -> Result<(), DbError> {
    let sql = "INSERT INTO workspaces (id, name, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5)";
    let params = params![workspace.id, &workspace.name, workspace.created_at, workspace.updated_at, workspace.version];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: WorkspaceId) -> Result<Option<Workspace>, DbError> {
    let sql = "SELECT id, name, created_at, updated_at, version FROM workspaces WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// In order of id, `limit` rows after `after` (empty: from the start).
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Workspace>, DbError> {
    let sql = "SELECT id, name, created_at, updated_at, version FROM workspaces WHERE id > $1 ORDER BY id LIMIT $2";
    tx.query(sql, params![after, limit]).await?.iter().map(from_row).collect()
}

/// How many workspaces a user is a member of, and the names of the first `limit`, in order of name.
pub async fn names_of_user(tx: &mut Tx, user: UserId, limit: i64) -> Result<(i64, Vec<String>), DbError> {
    let sql = "SELECT COUNT(*) AS n FROM workspace_members WHERE user_id = $1";
    let number = tx.query_one(sql, params![user]).await?.get("n")?;
    let sql = "SELECT w.name FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id
               WHERE m.user_id = $1 ORDER BY w.name, w.id LIMIT $2";
    let names =
        tx.query(sql, params![user, limit]).await?.iter().map(|row| row.get("name")).collect::<Result<_, _>>()?;
    Ok((number, names))
}

/// Writes a changed workspace, its version raised by one. `false` when somebody else changed it, or its members, since
/// it was read.
pub async fn save(tx: &mut Tx, workspace: &Workspace) -> Result<bool, DbError> {
    let sql = "UPDATE workspaces SET name = $3, updated_at = $4, version = $5 WHERE id = $1 AND version = $2";
    let params = params![workspace.id, workspace.version - 1, &workspace.name, workspace.updated_at, workspace.version];
    Ok(tx.execute(sql, params).await? == 1)
}

fn from_row(row: &Row) -> Result<Workspace, DbError> {
    Ok(Workspace {
        id: row.parse("id")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    pub(crate) fn workspace(seed: u64) -> Workspace {
        let id = WorkspaceId::new(NOW, &SeededRandom::new(seed));
        Workspace { id, name: "Research".to_owned(), created_at: NOW, updated_at: NOW, version: 1 }
    }

    #[tokio::test]
    async fn saves_over_the_version_that_was_read() {
        each_engine(async |db: &Db| {
            let first = workspace(1);
            let changed = Workspace { name: "Design".to_owned(), version: 2, ..first.clone() };
            let expected = (Some(changed.clone()), vec![changed.clone()], (true, false));
            let seen = db
                .write(async move |tx: &mut Tx| {
                    insert(tx, &first).await?;
                    let saved = (save(tx, &changed).await?, save(tx, &changed).await?);
                    Ok::<_, DbError>((find(tx, first.id).await?, list(tx, "", 3).await?, saved))
                })
                .await;
            assert_eq!(seen.expect("written"), expected);
        })
        .await;
    }
}
