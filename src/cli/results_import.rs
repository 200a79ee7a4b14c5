//! `gatehouse results import FILE`

use std::io::{IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gatehouse_core::id::WorkspaceId;
use gatehouse_server::actions::results_import::{self, Import, Progress, Report};
use gatehouse_store::results::import::Mode;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::fs::File;
use tokio::io::BufReader;

use super::global::Global;

/// Bytes read at a time.
const BUFFER: usize = 1 << 18;

/// What can be done with results.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Import tests and sessions from a file of JSON Lines
    ///
    /// Every line is checked; the same file twice changes nothing. If any line is refused, nothing is imported and the
    /// command fails. It may run beside the server. The format is described in docs/results-import.md.
    Import(Arguments),
}

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file; `-` reads standard input
    file: PathBuf,
    /// Import the good lines even if others are refused (the command still fails then)
    #[arg(long)]
    keep_going: bool,
    /// Where tests belong whose line names no workspace
    #[arg(long, value_name = "ID")]
    workspace: Option<WorkspaceId>,
}

pub(super) async fn run(command: Command, global: &Global) -> anyhow::Result<()> {
    let Command::Import(arguments) = command;
    let (mut source, length) = open(&arguments.file).await?;
    let session = global.open().await?;
    let bar = bar(length);
    let mut progress = |progress| match progress {
        Progress::Read(bytes) => bar.set_position(bytes),
        Progress::Applying => bar.set_message("applying …"),
    };
    let import = Import {
        source: &mut source,
        name: arguments.file.display().to_string(),
        workspace: arguments.workspace,
        mode: if arguments.keep_going { Mode::KeepGoing } else { Mode::AllOrNothing },
        progress: &mut progress,
    };
    let report = results_import::run(&session.ctx, &session.actor, import).await;
    bar.finish_and_clear();
    let report = report?;
    tell_refused(&report);
    session.output.done(&sentence(&report), &as_json(&report))?;
    match (report.refused.count, &report.applied) {
        (0, _) => Ok(()),
        (count, None) => anyhow::bail!("{} refused, so nothing was imported", counted(count, "line")),
        (count, Some(_)) => anyhow::bail!("{} refused and left out", counted(count, "line")),
    }
}

type Source = BufReader<File>;

/// The source and its length, where it has one.
async fn open(file: &Path) -> anyhow::Result<(Source, Option<u64>)> {
    let opened = if file == Path::new("-") {
        let input = std::io::stdin().as_fd().try_clone_to_owned().context("cannot read standard input")?;
        File::from_std(input.into())
    } else {
        File::open(file).await.with_context(|| format!("cannot open {}", file.display()))?
    };
    let about = opened.metadata().await.with_context(|| format!("cannot read {}", file.display()))?;
    anyhow::ensure!(!about.is_dir(), "cannot read {}: it is a folder", file.display());
    let length = about.is_file().then_some(about.len());
    Ok((BufReader::with_capacity(BUFFER, opened), length))
}

/// Drawn on a terminal only.
fn bar(length: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:32} {bytes}/{total_bytes}, {eta} left {msg}"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} read {msg}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style)
}

/// The first refused lines, each with its number, on standard error.
fn tell_refused(report: &Report) {
    let mut text: String = report.refused.first.iter().map(|refusal| format!("{refusal}\n")).collect();
    let more = report.refused.count.saturating_sub(report.refused.first.len() as u64);
    if more > 0 {
        text.push_str(&format!("… and {more} more\n"));
    }
    // Nothing is left to tell when standard error is gone.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn sentence(report: &Report) -> String {
    let lines = counted(report.lines, "line");
    match &report.applied {
        None => format!("{lines} read, nothing imported"),
        Some(applied) => format!(
            "{lines} read: {} and {} added, {} and {} changed, {} as they were",
            counted(applied.tests_added, "test"),
            counted(applied.sessions_added, "session"),
            counted(applied.tests_changed, "test"),
            counted(applied.sessions_changed, "session"),
            applied.unchanged
        ),
    }
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn as_json(report: &Report) -> serde_json::Value {
    let refusal =
        |refusal: &gatehouse_store::results::import::Refusal| json!({ "line": refusal.line, "reason": refusal.reason });
    json!({
        "import_id": report.import_id,
        "lines": report.lines,
        "applied": report.applied.as_ref().map(|applied| json!({
            "tests_added": applied.tests_added,
            "tests_changed": applied.tests_changed,
            "sessions_added": applied.sessions_added,
            "sessions_changed": applied.sessions_changed,
            "unchanged": applied.unchanged,
        })),
        "refused_count": report.refused.count,
        "refused": report.refused.first.iter().map(refusal).collect::<Vec<_>>(),
    })
}
