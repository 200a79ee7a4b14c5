//! The end of an import: one transaction, a fixed number of statements, whatever the number of lines.

use gatehouse_core::id::ImportId;
use gatehouse_core::time::Timestamp;

use super::check::{self, Refused};
use super::{ImportError, Mode};
use crate::db::{DbError, Tx};
use crate::params;

/// What an import has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// New tests.
    pub tests_added: u64,
    /// Tests that were there and are different now.
    pub tests_changed: u64,
    /// New sessions.
    pub sessions_added: u64,
    /// Sessions that were there and are different now.
    pub sessions_changed: u64,
    /// Tests and sessions that were there just so.
    pub unchanged: u64,
    /// Lines that were left out, with [`Mode::KeepGoing`].
    pub refused: Refused,
}

/// Applies the lines that were laid aside. `lines` is their number: fewer means that somebody threw some away.
pub async fn apply(
    tx: &mut Tx,
    import_id: ImportId,
    lines: u64,
    mode: Mode,
    now: Timestamp,
) -> Result<Applied, ImportError> {
    let sql = "SELECT COUNT(*) AS lines FROM result_import_lines WHERE import_id = $1";
    let there = tx.query_one(sql, params![import_id]).await?.get::<i64>("lines")?;
    if i64::try_from(lines) != Ok(there) {
        return Err(ImportError::Swept);
    }
    // The lines came and went since anybody counted them, and a planner that thinks there are none joins every line
    // with every other: on PostgreSQL, 30,000 lines took minutes.
    tx.execute("ANALYZE result_import_lines", &[]).await?;
    let refused = check::refuse(tx, import_id).await?;
    if refused.count > 0 && mode == Mode::AllOrNothing {
        return Err(ImportError::Refused(refused));
    }
    let tests_added = missing(tx, import_id, "test", "result_tests").await?;
    let sessions_added = missing(tx, import_id, "session", "result_sessions").await?;
    let tests = upsert_tests(tx, import_id, now).await?;
    let sessions = upsert_sessions(tx, import_id, now).await?;
    if sessions > 0 {
        number(tx, import_id, now).await?;
    }
    Ok(Applied {
        tests_added,
        tests_changed: tests.saturating_sub(tests_added),
        sessions_added,
        sessions_changed: sessions.saturating_sub(sessions_added),
        unchanged: lines.saturating_sub(refused.count).saturating_sub(tests + sessions),
        refused,
    })
}

/// How many lines of a kind name something that is not there yet.
async fn missing(tx: &mut Tx, import_id: ImportId, kind: &str, table: &str) -> Result<u64, DbError> {
    let sql = format!(
        "SELECT COUNT(*) AS missing FROM result_import_lines l WHERE l.import_id = $1 AND l.kind = $2
            AND NOT EXISTS (SELECT 1 FROM {table} there WHERE there.id = l.record_id)"
    );
    let missing = tx.query_one(&sql, params![import_id, kind]).await?.get::<i64>("missing")?;
    Ok(u64::try_from(missing).unwrap_or(0))
}

async fn upsert_tests(tx: &mut Tx, import_id: ImportId, now: Timestamp) -> Result<u64, DbError> {
    let sql = "INSERT INTO result_tests (id, workspace_id, title, completed_count, document, updated_at)
        SELECT l.record_id, l.parent_id, l.title, 0, l.document, CAST($2 AS BIGINT)
        FROM result_import_lines l WHERE l.import_id = $1 AND l.kind = 'test'
        ON CONFLICT (id) DO UPDATE
        SET title = excluded.title, document = excluded.document, updated_at = excluded.updated_at
        WHERE result_tests.title <> excluded.title OR result_tests.document <> excluded.document";
    tx.execute(sql, params![import_id, now]).await
}

async fn upsert_sessions(tx: &mut Tx, import_id: ImportId, now: Timestamp) -> Result<u64, DbError> {
    let sql = "INSERT INTO result_sessions
            (id, test_id, ordinal, status, audience_id, start_time, finish_time, document, updated_at)
        SELECT l.record_id, l.parent_id, CAST(NULL AS BIGINT), l.status, l.audience_id, l.start_time, l.finish_time,
            l.document, CAST($2 AS BIGINT)
        FROM result_import_lines l WHERE l.import_id = $1 AND l.kind = 'session'
        ON CONFLICT (id) DO UPDATE
        SET status = excluded.status, audience_id = excluded.audience_id, start_time = excluded.start_time,
            finish_time = excluded.finish_time, document = excluded.document, updated_at = excluded.updated_at
        WHERE result_sessions.status <> excluded.status
            OR result_sessions.audience_id IS DISTINCT FROM excluded.audience_id
            OR result_sessions.start_time <> excluded.start_time
            OR result_sessions.finish_time IS DISTINCT FROM excluded.finish_time
            OR result_sessions.document <> excluded.document";
    tx.execute(sql, params![import_id, now]).await
}

/// Numbers the completed sessions of every test that this import touched, oldest first (of equal times the greater id
/// first, so that the list, which runs backwards, has the smaller first), and keeps their count.
async fn number(tx: &mut Tx, import_id: ImportId, now: Timestamp) -> Result<(), DbError> {
    let touched = "SELECT s.test_id FROM result_import_lines l JOIN result_sessions s ON s.id = l.record_id
        WHERE l.import_id = $1 AND l.kind = 'session' AND s.updated_at = $2";
    let sql = format!(
        "UPDATE result_sessions SET ordinal = numbered.ordinal FROM (
            SELECT id, CASE WHEN status = 'COMPLETE'
                THEN ROW_NUMBER() OVER (PARTITION BY test_id, status ORDER BY start_time, id DESC) END AS ordinal
            FROM result_sessions WHERE test_id IN ({touched})
        ) AS numbered
        WHERE numbered.id = result_sessions.id AND result_sessions.ordinal IS DISTINCT FROM numbered.ordinal"
    );
    tx.execute(&sql, params![import_id, now]).await?;
    let sql = format!(
        "UPDATE result_tests SET completed_count = COALESCE(
            (SELECT MAX(s.ordinal) FROM result_sessions s
                WHERE s.test_id = result_tests.id AND s.ordinal IS NOT NULL), 0)
        WHERE id IN ({touched})"
    );
    tx.execute(&sql, params![import_id, now]).await?;
    Ok(())
}
