//! `gatehouse mails …`

use gatehouse_core::id::OutboxId;
use gatehouse_server::actions::mails;
use gatehouse_server::manage::mails::MailView;
use gatehouse_store::outbox::State;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

/// Look at mails on their way
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List mails; those that were sent or given up are kept for seven days
    List {
        /// Only those that are waiting, sent or failed
        #[arg(long)]
        state: Option<State>,
    },
    /// Try a mail that was given up again
    Retry {
        /// The mail's id
        mail: OutboxId,
    },
}

/// Runs a command of `mails`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    match arguments.verb {
        Verb::List { state } => list(&session, state).await,
        Verb::Retry { mail } => retry(&session, mail).await,
    }
}

async fn list(session: &Session, state: Option<State>) -> anyhow::Result<()> {
    let page = async |after, limit| mails::list(&session.ctx, state, after, limit).await;
    let entries = all(page, |entry| entry.id.to_string()).await?;
    let views: Vec<MailView> = entries.iter().map(MailView::from).collect();
    session.output.list(&views, &["id", "state", "to", "subject", "tries", "last error"], |mail| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        // What a mail said is forgotten once it was sent.
        let kept = |text: &Option<String>| text.clone().unwrap_or_else(|| "(not kept)".to_owned());
        let (to, subject, error) = (kept(&mail.to), kept(&mail.subject), text(&mail.last_error));
        vec![mail.id.clone(), mail.state.clone(), to, subject, mail.attempts.to_string(), error]
    })
}

async fn retry(session: &Session, mail: OutboxId) -> anyhow::Result<()> {
    let mail = mails::retry(&session.ctx, &session.actor, mail).await.map_err(failed)?;
    session.output.done(&format!("{} is tried again.", mail.id), &MailView::from(&mail))
}
