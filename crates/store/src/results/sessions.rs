//! Sessions of tests. A page is found by a dense number, so that the last one costs what the first does.

use gatehouse_core::results::details::SessionDetails;
use gatehouse_core::results::list::SessionSummary;
use gatehouse_core::results::params::Page;
use uuid::Uuid;

use super::Viewer;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// One page of a test's completed sessions, newest first. `completed_count` is what the same transaction read.
pub async fn page(
    tx: &mut Tx,
    test_id: Uuid,
    completed_count: u64,
    page: Page,
) -> Result<Vec<SessionSummary>, DbError> {
    let last = i64::try_from(completed_count).unwrap_or(i64::MAX) - i64::from(page.offset);
    let first = last - i64::from(page.limit) + 1;
    let sql = "SELECT id, audience_id, status, start_time, finish_time FROM result_sessions
        WHERE test_id = $1 AND ordinal BETWEEN $2 AND $3 ORDER BY ordinal DESC";
    let rows = tx.query(sql, params![test_id.to_string(), first, last]).await?;
    rows.iter().map(summary).collect()
}

/// One completed session in full, when this viewer may see it.
pub async fn details(tx: &mut Tx, viewer: &Viewer, session_id: Uuid) -> Result<Option<SessionDetails>, DbError> {
    let sql = format!(
        "SELECT s.id, s.document FROM result_sessions s JOIN result_tests t ON t.id = s.test_id
        WHERE s.id = $2 AND s.status = 'COMPLETE' AND {}",
        viewer.sees()
    );
    let row = tx.query_opt(&sql, &[viewer.value(), session_id.to_string().into()]).await?;
    row.map(|row| row.json("document")).transpose()
}

fn summary(row: &Row) -> Result<SessionSummary, DbError> {
    Ok(SessionSummary {
        session_id: row.parse("id")?,
        audience_id: row.parse_opt("audience_id")?,
        status: row.parse("status")?,
        start_time: row.get("start_time")?,
        finish_time: row.get("finish_time")?,
    })
}

#[cfg(test)]
mod tests;
