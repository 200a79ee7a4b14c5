//! Tests of workspaces.

use gatehouse_core::id::WorkspaceId;
use uuid::Uuid;

use super::Viewer;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// How many completed sessions a test has, when this viewer may see it. Kept by the import, never counted here.
pub async fn completed_count(tx: &mut Tx, viewer: &Viewer, test_id: Uuid) -> Result<Option<u64>, DbError> {
    let sql = format!("SELECT t.id, t.completed_count FROM result_tests t WHERE t.id = $2 AND {}", viewer.sees());
    let Some(row) = tx.query_opt(&sql, &[viewer.value(), test_id.to_string().into()]).await? else {
        return Ok(None);
    };
    let count = row.get::<i64>("completed_count")?;
    Ok(Some(u64::try_from(count).unwrap_or(0)))
}

/// A test, as the members of its workspace know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceTest {
    /// What calls name as `testId`.
    pub id: Uuid,
    /// As whoever made it called it.
    pub title: String,
    /// Completed sessions.
    pub completed_count: i64,
}

/// The tests of a workspace in the order of their ids: `limit` after `after`.
pub async fn of_workspace(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<WorkspaceTest>, DbError> {
    let sql = "SELECT id, title, completed_count FROM result_tests
               WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let read = |row: &Row| {
        Ok(WorkspaceTest {
            id: row.parse("id")?,
            title: row.get("title")?,
            completed_count: row.get("completed_count")?,
        })
    };
    tx.query(sql, params![workspace, after, limit]).await?.iter().map(read).collect()
}

/// Whether there is a test of this id, for whomever.
pub async fn exists(tx: &mut Tx, test_id: Uuid) -> Result<bool, DbError> {
    let sql = "SELECT id FROM result_tests WHERE id = $1";
    Ok(tx.query_opt(sql, &[test_id.to_string().into()]).await?.is_some())
}
