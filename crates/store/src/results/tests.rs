//! Tests of workspaces.

use uuid::Uuid;

use super::Viewer;
use crate::db::{DbError, Tx};

/// How many completed sessions a test has, when this viewer may see it. Kept by the import, never counted here.
pub async fn completed_count(tx: &mut Tx, viewer: &Viewer, test_id: Uuid) -> Result<Option<u64>, DbError> {
    let sql = format!("SELECT t.id, t.completed_count FROM result_tests t WHERE t.id = $2 AND {}", viewer.sees());
    let Some(row) = tx.query_opt(&sql, &[viewer.value(), test_id.to_string().into()]).await? else {
        return Ok(None);
    };
    let count = row.get::<i64>("completed_count")?;
    Ok(Some(u64::try_from(count).unwrap_or(0)))
}

/// Whether there is a test of this id, for whomever.
pub async fn exists(tx: &mut Tx, test_id: Uuid) -> Result<bool, DbError> {
    let sql = "SELECT id FROM result_tests WHERE id = $1";
    Ok(tx.query_opt(sql, &[test_id.to_string().into()]).await?.is_some())
}
