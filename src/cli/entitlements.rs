//! `gatehouse entitlements …`

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_server::actions::entitlements::{self, NewEntitlement, ScopeChange, Transition};
use gatehouse_server::manage::entitlements::EntitlementView;

use super::failure::failed;
use super::global::{Global, Session};

/// Grant scopes of APIs to applications, and take them away
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Grant scopes, without an access request
    Grant {
        #[command(flatten)]
        which: Which,
        /// A scope's name; can be given several times; all scopes of the API unless given
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Option<Vec<String>>,
        /// Days until the scopes end; for good unless given
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<i64>,
        /// Calls per window of the API's plan, instead of the plan's own number
        #[arg(long, value_name = "CALLS")]
        quota: Option<i64>,
    },
    /// List the entitlements of an application
    List {
        /// The application's id
        application: ApplicationId,
    },
    /// Suspend scopes; tokens that carry them are refused
    Suspend(Scopes),
    /// Resume suspended scopes
    Resume(Scopes),
    /// Revoke scopes for good; tokens that carry them are refused
    Revoke(Scopes),
    /// Set the calls per window of the API's plan
    SetQuota {
        #[command(flatten)]
        which: Which,
        /// Calls; the plan's own number unless given
        calls: Option<i64>,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The application's id
    application: ApplicationId,
    /// The API, by id or slug
    api: String,
}

#[derive(clap::Args)]
struct Scopes {
    #[command(flatten)]
    which: Which,
    /// A scope's name; can be given several times; all scopes of the entitlement unless given
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Option<Vec<String>>,
}

/// Runs a command of `entitlements`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let changed = match arguments.verb {
        Verb::List { application } => {
            let found = entitlements::list(&session.ctx, &session.actor, application).await.map_err(failed)?;
            return show(&session, &found);
        }
        Verb::Grant { which, scopes, expires_in_days, quota } => {
            let input = NewEntitlement { api: which.api, scopes, expires_in_days, quota_limit: quota };
            entitlements::grant(&session.ctx, &session.actor, which.application, input).await.map_err(failed)?
        }
        Verb::Suspend(scopes) => change(&session, Transition::Suspend, scopes).await?,
        Verb::Resume(scopes) => change(&session, Transition::Resume, scopes).await?,
        Verb::Revoke(scopes) => change(&session, Transition::Revoke, scopes).await?,
        Verb::SetQuota { which, calls } => {
            let of = (which.application, which.api);
            entitlements::set_quota(&session.ctx, &session.actor, of, calls).await.map_err(failed)?
        }
    };
    show(&session, &[changed])
}

async fn change(session: &Session, transition: Transition, scopes: Scopes) -> anyhow::Result<Entitlement> {
    let of = (scopes.which.application, scopes.which.api);
    let which = ScopeChange { scopes: scopes.scopes };
    entitlements::change_scopes(&session.ctx, &session.actor, of, transition, which).await.map_err(failed)
}

fn show(session: &Session, entitlements: &[Entitlement]) -> anyhow::Result<()> {
    let now = session.ctx.now();
    let views: Vec<_> = entitlements.iter().map(|entitlement| EntitlementView::at(entitlement, now)).collect();
    session.output.list(&views, &["id", "api", "quota", "scopes"], |view| {
        let quota = view.quota_limit.map_or_else(|| "plan".to_owned(), |limit| limit.to_string());
        let scopes: Vec<_> = view.scopes.iter().map(|scope| format!("{} ({})", scope.scope, scope.state)).collect();
        vec![view.id.clone(), view.api_id.clone(), quota, scopes.join(", ")]
    })
}
