//! Table `workspace_members`: who sees a workspace's data. Whoever changes it also saves the workspace and tells the
//! data plane.

use gatehouse_core::id::{UserId, WorkspaceId};
use gatehouse_core::identity::workspace::{WorkspaceMember, WorkspaceRole};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// All members of a workspace, the oldest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<WorkspaceMember>, DbError> {
    let sql = "SELECT workspace_id, user_id, role, created_at
               FROM workspace_members WHERE workspace_id = $1 ORDER BY created_at, user_id";
    tx.query(sql, params![workspace]).await?.iter().map(from_row).collect()
}

/// The workspaces whose data a user sees.
pub async fn list_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<WorkspaceMember>, DbError> {
    let sql = "SELECT workspace_id, user_id, role, created_at
               FROM workspace_members WHERE user_id = $1 ORDER BY workspace_id";
    tx.query(sql, params![user]).await?.iter().map(from_row).collect()
}

/// A user's membership, `None` for one who is no member.
pub async fn find(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<Option<WorkspaceMember>, DbError> {
    let sql = "SELECT workspace_id, user_id, role, created_at
               FROM workspace_members WHERE workspace_id = $1 AND user_id = $2";
    tx.query_opt(sql, params![workspace, user]).await?.as_ref().map(from_row).transpose()
}

/// Another role. `false` when the user is no member.
pub async fn set_role(tx: &mut Tx, workspace: WorkspaceId, user: UserId, role: WorkspaceRole) -> Result<bool, DbError> {
    let sql = "UPDATE workspace_members SET role = $3 WHERE workspace_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, params![workspace, user, role.as_str()]).await? == 1)
}

/// A new member. `false` when the user was one before, whose role then stays.
pub async fn insert(tx: &mut Tx, member: &WorkspaceMember) -> Result<bool, DbError> {
    let sql = "INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (workspace_id, user_id) DO NOTHING";
    let params = params![member.workspace_id, member.user_id, member.role.as_str(), member.created_at];
    Ok(tx.execute(sql, params).await? == 1)
}

/// `false` when the user is no member.
pub async fn remove(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<bool, DbError> {
    let sql = "DELETE FROM workspace_members WHERE workspace_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, params![workspace, user]).await? == 1)
}

fn from_row(row: &Row) -> Result<WorkspaceMember, DbError> {
    Ok(WorkspaceMember {
        workspace_id: row.parse("workspace_id")?,
        user_id: row.parse("user_id")?,
        role: row.parse("role")?,
        created_at: row.get("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::{users, workspaces};

    #[tokio::test]
    async fn members_come_and_go() {
        each_engine(async |db: &Db| {
            let (place, ann) = (workspaces::tests::workspace(1), users::tests::user("ann@example.com", 2));
            let role = WorkspaceRole::Owner;
            let member = WorkspaceMember { workspace_id: place.id, user_id: ann.id, role, created_at: NOW };
            db.write(async move |tx: &mut Tx| {
                workspaces::insert(tx, &place).await?;
                users::insert(tx, &ann, None).await?;
                assert!(insert(tx, &member).await?);
                assert!(!insert(tx, &WorkspaceMember { role: WorkspaceRole::Member, ..member.clone() }).await?);
                assert_eq!(list(tx, place.id).await?, vec![member.clone()]);
                assert_eq!(list_of_user(tx, ann.id).await?, vec![member.clone()]);
                assert_eq!(find(tx, place.id, ann.id).await?, Some(member.clone()));
                assert!(set_role(tx, place.id, ann.id, WorkspaceRole::Member).await?);
                assert_eq!(find(tx, place.id, ann.id).await?.map(|found| found.role), Some(WorkspaceRole::Member));
                let name = place.name.clone();
                assert_eq!(workspaces::names_of_user(tx, ann.id, 9).await?, (1, vec![name]));
                assert_eq!(workspaces::names_of_user(tx, ann.id, 0).await?, (1, Vec::new()));
                assert!(remove(tx, place.id, ann.id).await?);
                assert!(!remove(tx, place.id, ann.id).await?);
                assert!(!set_role(tx, place.id, ann.id, WorkspaceRole::Owner).await?);
                assert_eq!(find(tx, place.id, ann.id).await?, None);
                Ok::<_, DbError>(())
            })
            .await
            .expect("written");
        })
        .await;
    }
}
