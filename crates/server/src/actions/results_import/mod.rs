//! `gatehouse results import`: reads JSON Lines of any length in constant memory, checks every line, lays the good
//! ones aside in short transactions, and applies them in one at the end. It may run beside the server on the same
//! database.

mod lines;
mod staging;

use std::io;
use std::time::Duration;

use gatehouse_core::id::{ImportId, WorkspaceId};
use gatehouse_core::results::import::{LineError, MAX_LINE, parse_line};
use gatehouse_store::audit;
use gatehouse_store::db::DbError;
use gatehouse_store::results::import::{self, Applied, ImportError, Mode, Refusal, Refused, StagedLine};
use serde_json::json;
use tokio::io::AsyncBufRead;

use super::{Actor, events};
use crate::context::Context;
use lines::{Line, Lines};
use staging::Staging;
pub(crate) use staging::sweep;

/// How many refused lines are told one by one.
const TOLD: usize = 100;
/// How long the final transaction may take.
const APPLY_WITHIN: Duration = Duration::from_secs(3_600);

/// What to import and how.
pub struct Import<'i> {
    /// The lines.
    pub source: &'i mut (dyn AsyncBufRead + Unpin + Send),
    /// What the audit log calls it: a file's name.
    pub name: String,
    /// Where tests belong whose line names no workspace.
    pub workspace: Option<WorkspaceId>,
    /// What happens when lines are refused.
    pub mode: Mode,
    /// Is told now and then how far it has come.
    pub progress: &'i mut (dyn FnMut(Progress) + Send),
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes have been read.
    Read(u64),
    /// All is read; the final transaction runs.
    Applying,
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Names the run in the audit log.
    pub import_id: ImportId,
    /// Lines read, blank ones too.
    pub lines: u64,
    /// What was done; nothing when lines were refused and the mode was all or nothing.
    pub applied: Option<Applied>,
    /// Lines that were refused.
    pub refused: Refused,
}

/// Why an import ended without a report. Nothing of it can be seen then.
#[derive(Debug, thiserror::Error)]
pub enum ResultsImportError {
    /// The source.
    #[error("reading failed after line {line}, nothing was imported: {error}")]
    Read {
        /// The last line that was read.
        line: u64,
        /// The system's reason.
        error: io::Error,
    },
    /// Lines that had been laid aside are gone.
    #[error("the import stood still for over an hour and was taken for dead; nothing was imported, start it again")]
    Swept,
    /// The database.
    #[error("nothing was imported: {0}")]
    Database(#[from] DbError),
}

/// Imports.
pub async fn run(ctx: &Context, actor: &Actor, mut import: Import<'_>) -> Result<Report, ResultsImportError> {
    sweep(ctx).await?;
    let mut staging = Staging::new(ctx, ImportId::new(ctx.now(), ctx.random()));
    let result = read_and_apply(ctx, actor, &mut import, &mut staging).await;
    // Whether it went well or not, nothing of the lines is needed any more. What is left over here (the database may
    // be away) is swept by the next import or by the job.
    if let Err(error) = staging.discard().await {
        tracing::warn!(event = "results_import.left_lines", import = %staging.import_id, %error);
    }
    result
}

async fn read_and_apply(
    ctx: &Context,
    actor: &Actor,
    import: &mut Import<'_>,
    staging: &mut Staging,
) -> Result<Report, ResultsImportError> {
    let (lines, mut refused) = read(import, staging).await?;
    let report = Report { import_id: staging.import_id, lines, applied: None, refused: Refused::default() };
    if refused.count > 0 && import.mode == Mode::AllOrNothing {
        return Ok(Report { refused, ..report });
    }
    (import.progress)(Progress::Applying);
    match apply(ctx, actor, import, staging).await {
        Ok(applied) => {
            merge(&mut refused, &applied.refused);
            Ok(Report { applied: Some(applied), refused, ..report })
        }
        Err(ImportError::Refused(found)) => Ok(Report { refused: found, ..report }),
        Err(ImportError::Swept) => Err(ResultsImportError::Swept),
        Err(ImportError::Database(error)) => Err(error.into()),
    }
}

/// Reads to the end; how many lines there were, and which were refused. Once one was, and all hang together, the rest
/// is only checked.
async fn read(import: &mut Import<'_>, staging: &mut Staging) -> Result<(u64, Refused), ResultsImportError> {
    let mut lines = Lines::new(import.source);
    let mut number = 0;
    let mut refused = Refused::default();
    loop {
        let next = lines.next().await.map_err(|error| ResultsImportError::Read { line: number, error })?;
        let Some(line) = next else { break };
        number += 1;
        match check(&line, import.workspace) {
            Ok(None) => {}
            Ok(Some(record)) if refused.count == 0 || import.mode == Mode::KeepGoing => {
                staging.add(StagedLine::new(signed(number), &record));
            }
            Ok(Some(_)) => {}
            Err(reason) => refuse(&mut refused, Refusal { line: signed(number), reason }),
        }
        if staging.is_full() {
            staging.flush().await?;
            (import.progress)(Progress::Read(lines.bytes));
        }
    }
    staging.flush().await?;
    (import.progress)(Progress::Read(lines.bytes));
    Ok((number, refused))
}

fn check(
    line: &Line<'_>,
    workspace: Option<WorkspaceId>,
) -> Result<Option<gatehouse_core::results::import::Record>, String> {
    match line {
        Line::TooLong => Err(format!("longer than {} MiB", MAX_LINE >> 20)),
        Line::Whole(line) => parse_line(line, workspace).map_err(|error: LineError| error.to_string()),
    }
}

async fn apply(ctx: &Context, actor: &Actor, import: &Import<'_>, staging: &Staging) -> Result<Applied, ImportError> {
    let (import_id, lines, mode, now) = (staging.import_id, staging.staged, import.mode, ctx.now());
    let event = events::event(ctx, actor, "results.imported", "import", import_id);
    let name = import.name.clone();
    ctx.db
        .write_within(APPLY_WITHIN, async move |tx| {
            let applied = import::apply(tx, import_id, lines, mode, now).await?;
            let event = event.clone().after(json!({
                "file": name,
                "tests_added": applied.tests_added,
                "tests_changed": applied.tests_changed,
                "sessions_added": applied.sessions_added,
                "sessions_changed": applied.sessions_changed,
                "unchanged": applied.unchanged,
                "refused": applied.refused.count,
            }));
            audit::record(tx, &event).await?;
            Ok(applied)
        })
        .await
}

fn refuse(refused: &mut Refused, refusal: Refusal) {
    refused.count += 1;
    if refused.first.len() < TOLD {
        refused.first.push(refusal);
    }
}

/// Lines that were bad in themselves and lines that did not fit the rest, told together by line.
fn merge(refused: &mut Refused, more: &Refused) {
    refused.count += more.count;
    refused.first.extend(more.first.iter().cloned());
    refused.first.sort_by_key(|refusal| refusal.line);
    refused.first.truncate(TOLD);
}

fn signed(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
