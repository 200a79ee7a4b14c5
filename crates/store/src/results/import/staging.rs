//! The lines of an import that is still being read.

use gatehouse_core::id::ImportId;
use gatehouse_core::results::import::{Kind, Record, SessionRecord, TestRecord};
use gatehouse_core::results::list::SessionStatus;
use gatehouse_core::time::Timestamp;
use serde_json::json;

use crate::db::{DbError, Tx, Value};
use crate::params;

/// Lines per statement: few round trips, and only two statement texts to prepare.
const ROWS: usize = 50;
const COLUMNS: usize = 12;

/// A checked line on its way into the database.
#[derive(Clone, Debug)]
pub struct StagedLine {
    line: i64,
    kind: Kind,
    record_id: String,
    parent_id: String,
    title: Option<String>,
    status: Option<SessionStatus>,
    audience_id: Option<String>,
    start_time: Option<Timestamp>,
    finish_time: Option<Timestamp>,
    document: String,
}

impl StagedLine {
    /// From a record and the number of its line, which counts from 1.
    pub fn new(line: i64, record: &Record) -> Self {
        match record {
            Record::Test(test) => Self::test(line, test),
            Record::Session(session) => Self::session(line, session),
        }
    }

    /// How much memory it takes, about.
    pub fn weight(&self) -> usize {
        self.document.len() + 300
    }

    fn test(line: i64, test: &TestRecord) -> Self {
        Self {
            line,
            kind: Kind::Test,
            record_id: test.test_id.to_string(),
            parent_id: test.workspace_id.to_string(),
            title: Some(test.title.clone()),
            status: None,
            audience_id: None,
            start_time: None,
            finish_time: None,
            document: json!({ "type": test.kind }).to_string(),
        }
    }

    fn session(line: i64, session: &SessionRecord) -> Self {
        Self {
            line,
            kind: Kind::Session,
            record_id: session.details.session_id.to_string(),
            parent_id: session.test_id.to_string(),
            title: None,
            status: Some(session.status),
            audience_id: session.details.audience_id.map(|id| id.to_string()),
            start_time: Some(session.start_time),
            finish_time: session.finish_time,
            // Written from the parsed record: the same content gives the same text, however the file had it.
            document: json!(session.details).to_string(),
        }
    }

    fn values(&self, import_id: ImportId, now: Timestamp) -> [Value; COLUMNS] {
        [
            import_id.into(),
            self.line.into(),
            self.kind.as_str().into(),
            (&self.record_id).into(),
            (&self.parent_id).into(),
            self.title.clone().into(),
            self.status.map(SessionStatus::as_str).into(),
            self.audience_id.clone().into(),
            self.start_time.into(),
            self.finish_time.into(),
            (&self.document).into(),
            now.into(),
        ]
    }
}

/// Lays lines aside.
pub async fn stage(tx: &mut Tx, import_id: ImportId, lines: &[StagedLine], now: Timestamp) -> Result<(), DbError> {
    let chunks = lines.chunks_exact(ROWS);
    let rest = chunks.remainder().chunks(1);
    for chunk in chunks.chain(rest) {
        let values: Vec<Value> = chunk.iter().flat_map(|line| line.values(import_id, now)).collect();
        tx.execute(&insert(chunk.len()), &values).await?;
    }
    Ok(())
}

/// Throws away up to `most` lines of an import; how many it were.
pub async fn discard(tx: &mut Tx, import_id: ImportId, most: i64) -> Result<u64, DbError> {
    let sql = "DELETE FROM result_import_lines WHERE import_id = $1 AND line IN (
        SELECT line FROM result_import_lines WHERE import_id = $1 ORDER BY line LIMIT $2)";
    tx.execute(sql, params![import_id, most]).await
}

/// Imports that have left lines and not written one since `before`.
pub async fn leftovers(tx: &mut Tx, before: Timestamp) -> Result<Vec<ImportId>, DbError> {
    let sql = "SELECT import_id FROM result_import_lines GROUP BY import_id HAVING MAX(created_at) < $1";
    let rows = tx.query(sql, params![before]).await?;
    rows.iter().map(|row| row.parse("import_id")).collect()
}

fn insert(rows: usize) -> String {
    let mut sql = String::from(
        "INSERT INTO result_import_lines (import_id, line, kind, record_id, parent_id, title, status, audience_id, \
         start_time, finish_time, document, created_at) VALUES ",
    );
    for row in 0..rows {
        let placeholders: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        sql.push_str(if row == 0 { "(" } else { ", (" });
        sql.push_str(&placeholders.join(", "));
        sql.push(')');
    }
    sql
}
