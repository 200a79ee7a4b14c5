//! `gatehouse audit`: looks at the audit log and proves it.

use std::path::PathBuf;

use gatehouse_server::actions::audit::{self, EventFilter};
use gatehouse_server::manage::audit_events::AuditEventView;
use gatehouse_store::audit::Verification;

use super::failure::failed;
use super::global::{Global, Session};
use super::output;

/// Events per transaction of an export.
const PAGE: u32 = 1_000;

/// Look at the audit log and prove it
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Find any change, gap or cut tail of the chain
    Verify(Verify),
    /// List events, newest first
    List(List),
    /// Print the whole log as JSON Lines, oldest first
    Export,
}

#[derive(clap::Args)]
struct Verify {
    /// Folder of exported heads [default: audit_heads_folder, if it exists]
    #[arg(long, value_name = "FOLDER")]
    heads: Option<PathBuf>,
}

#[derive(clap::Args)]
struct List {
    /// user, operator, command_line, application or system
    #[arg(long)]
    actor_kind: Option<String>,
    /// Who acted
    #[arg(long)]
    actor_id: Option<String>,
    /// What was done, such as application.suspended
    #[arg(long)]
    action: Option<String>,
    /// On what kind of thing
    #[arg(long)]
    target_kind: Option<String>,
    /// On what
    #[arg(long)]
    target_id: Option<String>,
    /// Not before this time, such as 2026-11-22T00:00:00Z
    #[arg(long)]
    from: Option<String>,
    /// Before this time
    #[arg(long)]
    until: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    match arguments.command {
        Command::Verify(arguments) => verify(&session, arguments).await,
        Command::List(arguments) => list(&session, arguments).await,
        Command::Export => export(&session).await,
    }
}

/// What `--json` prints of a verification.
#[derive(serde::Serialize)]
struct Report {
    whole: bool,
    events: u64,
    head_seq: i64,
    head_hash: String,
    exported_heads: usize,
    problem_count: u64,
    problems: Vec<String>,
    unchained: i64,
    oldest_unchained: Option<String>,
}

async fn verify(session: &Session, arguments: Verify) -> anyhow::Result<()> {
    let usual = &session.config.audit_heads_folder;
    let folder = arguments.heads.or_else(|| usual.is_dir().then(|| usual.clone()));
    let (found, heads) = audit::verify(&session.ctx, folder.as_deref()).await.map_err(failed)?;
    let report = report(&found, heads);
    session.output.done(&sentences(&report), &report)?;
    anyhow::ensure!(report.whole, "the audit chain is not whole: {} problems", report.problem_count);
    Ok(())
}

fn report(found: &Verification, exported_heads: usize) -> Report {
    Report {
        whole: found.problem_count == 0,
        events: found.events,
        head_seq: found.head.seq,
        head_hash: found.head.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        exported_heads,
        problem_count: found.problem_count,
        problems: found.problems.iter().map(ToString::to_string).collect(),
        unchained: found.unchained.0,
        oldest_unchained: found.unchained.1.map(|id| id.to_string()),
    }
}

fn sentences(report: &Report) -> String {
    let mut lines =
        vec![format!("{} events in the chain, {} exported heads looked at.", report.events, report.exported_heads)];
    if report.whole {
        lines.push(format!("The chain is whole up to event {} ({}).", report.head_seq, report.head_hash));
    }
    lines.extend(report.problems.iter().map(|problem| format!("Problem: {problem}.")));
    if let Some(oldest) = &report.oldest_unchained {
        lines.push(format!("{} events are not chained yet, the oldest is {oldest}.", report.unchained));
    }
    lines.join("\n")
}

async fn list(session: &Session, arguments: List) -> anyhow::Result<()> {
    let filter = EventFilter {
        actor_kind: arguments.actor_kind,
        actor_id: arguments.actor_id,
        action: arguments.action,
        target_kind: arguments.target_kind,
        target_id: arguments.target_id,
        from: arguments.from,
        until: arguments.until,
        before: None,
    };
    let entries = audit::list(&session.ctx, filter, arguments.limit).await.map_err(failed)?;
    let views: Vec<AuditEventView> = entries.iter().map(AuditEventView::from).collect();
    session.output.list(&views, &["at", "actor", "action", "target", "id"], |view| {
        vec![
            view.at.0.to_string(),
            format!("{} {}", view.actor_kind, view.actor_id),
            view.action.clone(),
            format!("{} {}", view.target_kind, view.target_id),
            view.id.clone(),
        ]
    })
}

/// One JSON object per line, also without `--json`.
async fn export(session: &Session) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let entries = audit::export(&session.ctx, after, PAGE).await.map_err(failed)?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = Some(last.id);
        let mut text = String::new();
        for entry in &entries {
            text.push_str(&serde_json::to_string(&AuditEventView::from(entry))?);
            text.push('\n');
        }
        output::print(&text)?;
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_store::audit::{Head, Problem};

    use super::*;

    #[test]
    fn tells_what_was_found() {
        let whole = Verification {
            events: 12,
            head: Head { seq: 12, hash: [0xab; 32] },
            problems: Vec::new(),
            problem_count: 0,
            unchained: (0, None),
        };
        let text = sentences(&report(&whole, 3));
        assert!(text.starts_with(
            "12 events in the chain, 3 exported heads looked at.\nThe chain is whole up to event 12 (abab"
        ));
        let broken = Verification { problems: vec![Problem::Missing { first: 4, last: 5 }], problem_count: 1, ..whole };
        let text = sentences(&report(&broken, 0));
        assert!(text.ends_with("Problem: events 4 to 5 are missing."), "{text}");
    }
}
