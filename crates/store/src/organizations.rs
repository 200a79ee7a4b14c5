//! Table `organizations`.

use gatehouse_core::id::OrganizationId;
use gatehouse_core::identity::organization::Organization;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new organization.
pub async fn insert(tx: &mut Tx, organization: &Organization) -> Result<(), DbError> {
    let sql = "INSERT INTO organizations (id, name, homepage, verified_at, created_at, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        organization.id,
        &organization.name,
        organization.homepage.as_deref(),
        organization.verified_at,
        organization.created_at,
        organization.updated_at,
        organization.version
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, DbError> {
    let sql = "SELECT id, name, homepage, verified_at, created_at, updated_at, version
               FROM organizations WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// In order of id, `limit` rows after `after` (empty: from the start).
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Organization>, DbError> {
    let sql = "SELECT id, name, homepage, verified_at, created_at, updated_at, version
               FROM organizations WHERE id > $1 ORDER BY id LIMIT $2";
    tx.query(sql, params![after, limit]).await?.iter().map(from_row).collect()
}

/// Writes a changed organization, its version raised by one. `false` when somebody else changed it, or its members,
/// since it was read.
pub async fn save(tx: &mut Tx, organization: &Organization) -> Result<bool, DbError> {
    let sql = "UPDATE organizations SET name = $3, homepage = $4, verified_at = $5, updated_at = $6, version = $7
               WHERE id = $1 AND version = $2";
    let params = params![
        organization.id,
        organization.version - 1,
        &organization.name,
        organization.homepage.as_deref(),
        organization.verified_at,
        organization.updated_at,
        organization.version
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

fn from_row(row: &Row) -> Result<Organization, DbError> {
    Ok(Organization {
        id: row.parse("id")?,
        name: row.get("name")?,
        homepage: row.get("homepage")?,
        verified_at: row.get("verified_at")?,
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

    pub(crate) fn organization(seed: u64) -> Organization {
        Organization {
            id: OrganizationId::new(NOW, &SeededRandom::new(seed)),
            name: "Example".to_owned(),
            homepage: None,
            verified_at: None,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    #[tokio::test]
    async fn saves_over_the_version_that_was_read() {
        each_engine(async |db: &Db| {
            let first = organization(1);
            let homepage = Some("https://example.com".to_owned());
            let changed = Organization { homepage, verified_at: Some(NOW), version: 2, ..first.clone() };
            let expected = (Some(changed.clone()), vec![changed.clone()], (true, false));
            let seen = db
                .write(async move |tx: &mut Tx| {
                    insert(tx, &first).await?;
                    assert_eq!(find(tx, first.id).await?, Some(first.clone()));
                    let saved = (save(tx, &changed).await?, save(tx, &changed).await?);
                    Ok::<_, DbError>((find(tx, first.id).await?, list(tx, "", 3).await?, saved))
                })
                .await;
            assert_eq!(seen.expect("written"), expected);
        })
        .await;
    }
}
