//! What can only be checked against the other lines and against what is stored.

use std::fmt;

use gatehouse_core::id::ImportId;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// How many refused lines are told one by one.
const TOLD: usize = 100;

/// Refused lines: how many, and the first of each kind of fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// All of them.
    pub count: u64,
    /// Up to a hundred, by line.
    pub first: Vec<Refusal>,
}

/// A line that is good in itself, and still cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Counts from 1.
    pub line: i64,
    /// In words, with the field.
    pub reason: String,
}

#[derive(Clone, Copy)]
enum Check {
    Twice,
    NoWorkspace,
    OtherWorkspace,
    NoTest,
    OtherTest,
}

/// In this order: what hangs on a refused test is refused too.
const CHECKS: [Check; 5] = [Check::Twice, Check::NoWorkspace, Check::OtherWorkspace, Check::NoTest, Check::OtherTest];

/// Removes every line that cannot be applied, and tells them.
pub(super) async fn refuse(tx: &mut Tx, import_id: ImportId) -> Result<Refused, DbError> {
    let mut refused = Refused::default();
    for check in CHECKS {
        let sql = format!(
            "SELECT l.line, {} AS detail FROM result_import_lines l WHERE l.import_id = $1 AND {} ORDER BY l.line LIMIT {TOLD}",
            check.detail(),
            check.condition()
        );
        let rows = tx.query(&sql, params![import_id]).await?;
        if rows.is_empty() {
            continue;
        }
        for row in &rows {
            refused.first.push(check.refusal(row)?);
        }
        let sql = format!("DELETE FROM result_import_lines AS l WHERE l.import_id = $1 AND {}", check.condition());
        refused.count += tx.execute(&sql, params![import_id]).await?;
    }
    refused.first.sort_by_key(|refusal| refusal.line);
    refused.first.truncate(TOLD);
    Ok(refused)
}

impl Check {
    /// `+` before a column keeps SQLite from walking the lines by number, which would take time by the square of them.
    const fn condition(self) -> &'static str {
        match self {
            Self::Twice => {
                "EXISTS (SELECT 1 FROM result_import_lines f WHERE f.import_id = l.import_id AND f.kind = l.kind
                    AND f.record_id = l.record_id AND +f.line < l.line)"
            }
            Self::NoWorkspace => "l.kind = 'test' AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = l.parent_id)",
            Self::OtherWorkspace => {
                "l.kind = 'test' AND EXISTS (SELECT 1 FROM result_tests t
                    WHERE t.id = l.record_id AND t.workspace_id <> l.parent_id)"
            }
            Self::NoTest => {
                "l.kind = 'session' AND NOT EXISTS (SELECT 1 FROM result_tests t WHERE t.id = l.parent_id)
                    AND NOT EXISTS (SELECT 1 FROM result_import_lines f WHERE f.import_id = l.import_id
                        AND f.kind = 'test' AND f.record_id = l.parent_id)"
            }
            Self::OtherTest => {
                "l.kind = 'session' AND EXISTS (SELECT 1 FROM result_sessions s
                    WHERE s.id = l.record_id AND s.test_id <> l.parent_id)"
            }
        }
    }

    /// What the reason names.
    const fn detail(self) -> &'static str {
        match self {
            Self::Twice => {
                "(SELECT l.kind || 'Id stands already in line ' || CAST(MIN(+f.line) AS TEXT) FROM result_import_lines f
                    WHERE f.import_id = l.import_id AND f.kind = l.kind AND f.record_id = l.record_id)"
            }
            Self::NoWorkspace | Self::NoTest => "l.parent_id",
            Self::OtherWorkspace => "(SELECT t.workspace_id FROM result_tests t WHERE t.id = l.record_id)",
            Self::OtherTest => "(SELECT s.test_id FROM result_sessions s WHERE s.id = l.record_id)",
        }
    }

    fn refusal(self, row: &Row) -> Result<Refusal, DbError> {
        let detail: String = row.get("detail")?;
        Ok(Refusal { line: row.get("line")?, reason: self.reason(&detail) })
    }

    fn reason(self, detail: &str) -> String {
        match self {
            Self::Twice => detail.to_owned(),
            Self::NoWorkspace => format!("workspaceId: there is no workspace {detail}"),
            Self::OtherWorkspace => format!("workspaceId: this test belongs to workspace {detail}, for good"),
            Self::NoTest => format!("testId: there is no test {detail}, neither stored nor among the good lines"),
            Self::OtherTest => format!("testId: this session belongs to test {detail}, for good"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}
