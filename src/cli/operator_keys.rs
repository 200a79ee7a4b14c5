//! `gatehouse operator-keys …`

use gatehouse_core::id::OperatorKeyId;
use gatehouse_server::actions::operator_keys::{self, NewOperatorKey};
use gatehouse_server::manage::operator_keys::{CreatedOperatorKeyView, OperatorKeyView};

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

/// Create and revoke keys of the management API
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a key; it is shown this once
    Create {
        /// What the key is for
        #[arg(long)]
        name: String,
    },
    /// List keys, revoked ones too
    List,
    /// Revoke a key; the next call with it is refused
    Revoke {
        /// The key's id
        key: OperatorKeyId,
    },
}

/// Runs a command of `operator-keys`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    match arguments.verb {
        Verb::Create { name } => create(&session, name).await,
        Verb::List => list(&session).await,
        Verb::Revoke { key } => revoke(&session, key).await,
    }
}

async fn create(session: &Session, name: String) -> anyhow::Result<()> {
    let made = operator_keys::create(&session.ctx, &session.actor, NewOperatorKey { name }).await;
    let (key, secret) = made.map_err(failed)?;
    let view = CreatedOperatorKeyView { key: secret.expose().to_owned(), listed: (&key).into() };
    let fields = [("id", key.id.to_string()), ("name", key.name), ("key", format!("{}  (shown this once)", view.key))];
    session.output.item(&view, &fields)
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let page = async |after, limit| operator_keys::list(&session.ctx, after, limit).await;
    let keys = all(page, |key| key.id.to_string()).await?;
    let views: Vec<OperatorKeyView> = keys.iter().map(OperatorKeyView::from).collect();
    let time = |at: Option<String>, none: &str| at.unwrap_or_else(|| none.to_owned());
    session.output.list(&views, &["id", "name", "ends with", "last used", "revoked"], |key| {
        let last_used = time(key.last_used_at.map(|at| at.0.to_string()), "never");
        let revoked = time(key.revoked_at.map(|at| at.0.to_string()), "no");
        vec![key.id.clone(), key.name.clone(), key.last_four.clone(), last_used, revoked]
    })
}

async fn revoke(session: &Session, key: OperatorKeyId) -> anyhow::Result<()> {
    let key = operator_keys::revoke(&session.ctx, &session.actor, key).await.map_err(failed)?;
    session.output.done(&format!("{} ({}) is revoked.", key.id, key.name), &OperatorKeyView::from(&key))
}
