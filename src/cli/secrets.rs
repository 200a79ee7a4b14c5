//! `gatehouse secrets …`

mod link;

use gatehouse_core::id::{ApplicationId, ClientSecretId};
use gatehouse_server::actions::client_secrets::{self, NewSecret, Retirement, Revocation};
use gatehouse_server::manage::Iso;
use gatehouse_server::manage::client_secret_slots::ClientSecretSlotView;
use gatehouse_server::manage::client_secrets::{ClientSecretView, CreatedClientSecretView};

use super::failure::failed;
use super::global::{Global, Session};

/// Create, retire and revoke client secrets
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a secret; it is shown this once
    Create {
        /// The application's id
        application: ApplicationId,
        /// To tell secrets apart
        #[arg(long)]
        name: Option<String>,
        /// Days until it expires by itself; for good unless given
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<i64>,
        /// Show a link instead, for a person without an account: it shows the secret once, within 72 hours
        #[arg(long)]
        link: bool,
    },
    /// List the secrets of an application, ended ones too
    List {
        /// The application's id
        application: ApplicationId,
    },
    /// List the links that show a secret once
    Links {
        /// The application's id
        application: ApplicationId,
    },
    /// List the chances to collect a secret in the portal
    Slots {
        /// The application's id
        application: ApplicationId,
    },
    /// Let an owner or maintainer collect a new secret in the portal: once, within 72 hours
    OpenSlot {
        /// The application's id
        application: ApplicationId,
    },
    /// Retire a secret; it stays good for a grace longer
    Retire {
        #[command(flatten)]
        which: Which,
        /// Seconds that it stays good: up to 604800 (7 days); 86400 (24 hours) unless given
        #[arg(long, value_name = "SECONDS")]
        grace: Option<u64>,
        /// Retire it even though it is the last active one
        #[arg(long)]
        last_active: bool,
    },
    /// Revoke a secret and the tokens that it got, at once
    Revoke {
        #[command(flatten)]
        which: Which,
        /// It fell into wrong hands: tell the owners of the organization
        #[arg(long)]
        compromised: bool,
        /// Revoke it even though it is the last active one
        #[arg(long)]
        last_active: bool,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The application's id
    application: ApplicationId,
    /// The secret's id
    secret: ClientSecretId,
}

/// Runs a command of `secrets`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let secret = match arguments.verb {
        Verb::List { application } => return list(&session, application).await,
        Verb::Links { application } => return link::list(&session, application).await,
        Verb::Slots { application } => return slots(&session, application).await,
        Verb::OpenSlot { application } => return open_slot(&session, application).await,
        Verb::Create { application, name, expires_in_days, link } => {
            let input = NewSecret { name, expires_in_days, only_after: None };
            return match link {
                true => link::create(&session, application, input).await,
                false => create(&session, application, input).await,
            };
        }
        Verb::Retire { which, grace, last_active } => {
            let how = Retirement { grace_seconds: grace, last_active };
            client_secrets::retire(ctx, actor, (which.application, which.secret), how).await
        }
        Verb::Revoke { which, compromised, last_active } => {
            let how = Revocation { compromised, last_active };
            client_secrets::revoke(ctx, actor, (which.application, which.secret), how).await
        }
    };
    let view = ClientSecretView::at(&secret.map_err(failed)?, ctx.now());
    let until =
        view.retires_at.filter(|_| view.state == "retiring").map_or_else(String::new, |at| format!(" until {}", at.0));
    session.output.done(&format!("{} ({}) is {}{until}.", view.id, view.name, view.state), &view)
}

async fn create(session: &Session, application: ApplicationId, input: NewSecret) -> anyhow::Result<()> {
    let created = client_secrets::create(&session.ctx, &session.actor, application, input).await.map_err(failed)?;
    let view = CreatedClientSecretView::from(&created);
    let fields = [
        ("id", view.listed.id.clone()),
        ("name", view.listed.name.clone()),
        ("client id", view.client_id.clone()),
        ("client secret", format!("{}  (shown this once)", view.client_secret)),
        ("expires", time(view.listed.expires_at, "never")),
    ];
    session.output.item(&view, &fields)
}

async fn list(session: &Session, application: ApplicationId) -> anyhow::Result<()> {
    let found = client_secrets::list(&session.ctx, &session.actor, application).await.map_err(failed)?;
    let now = session.ctx.now();
    let views: Vec<_> = found.iter().map(|secret| ClientSecretView::at(secret, now)).collect();
    session.output.list(&views, &["id", "name", "ends with", "state", "last used", "expires"], |view| {
        let (id, name, ends_with) = (view.id.clone(), view.name.clone(), view.last_four.clone());
        let expires = time(view.retires_at.or(view.expires_at), "never");
        vec![id, name, ends_with, view.state.clone(), time(view.last_used_at, "never"), expires]
    })
}

async fn slots(session: &Session, application: ApplicationId) -> anyhow::Result<()> {
    let found = client_secrets::list_slots(&session.ctx, &session.actor, application).await.map_err(failed)?;
    let now = session.ctx.now();
    let views: Vec<_> = found.iter().map(|slot| ClientSecretSlotView::at(slot, now)).collect();
    session.output.list(&views, &["id", "state", "opened", "until", "collected by"], |view| {
        let by = view.collected_by.clone().unwrap_or_else(|| "nobody".to_owned());
        vec![view.id.clone(), view.state.clone(), view.created_at.0.to_string(), view.expires_at.0.to_string(), by]
    })
}

async fn open_slot(session: &Session, application: ApplicationId) -> anyhow::Result<()> {
    let slot = client_secrets::open_slot(&session.ctx, &session.actor, application).await.map_err(failed)?;
    let view = ClientSecretSlotView::at(&slot, session.ctx.now());
    let until = view.expires_at.0;
    session
        .output
        .done(&format!("A secret can be collected in the portal until {until}; the owners get a mail."), &view)
}

fn time(at: Option<Iso>, none: &str) -> String {
    at.map_or_else(|| none.to_owned(), |at| at.0.to_string())
}
