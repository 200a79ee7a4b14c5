//! `gatehouse changes …`

use gatehouse_core::id::{ApplicationChangeId, ApplicationId};
use gatehouse_core::portal::access_request::ScopeDecision;
use gatehouse_core::portal::application_change::{ApplicationChange, ApplicationChangeState};
use gatehouse_server::actions::application_changes::{self, Decision, Filter};
use gatehouse_server::manage::application_changes::ApplicationChangeView;
use serde_json::Value;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

/// Decide on changes of applications that wait for a review
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List changes
    List {
        /// Of this application only
        #[arg(long)]
        application: Option<ApplicationId>,
        /// In this state only: submitted, approved, declined or withdrawn
        #[arg(long)]
        state: Option<ApplicationChangeState>,
    },
    /// Show a change
    Show {
        /// Its id or reference
        change: String,
    },
    /// Approve a change in the name of a reviewer; it is in use at once
    Approve {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
    },
    /// Decline a change in the name of a reviewer
    Decline {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        /// Why; the developer reads it
        #[arg(long)]
        reason: String,
    },
    /// Withdraw a change that waits
    Withdraw(Which),
}

#[derive(clap::Args)]
struct Which {
    /// The change's id
    change: ApplicationChangeId,
}

/// Runs a command of `changes`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let change = match arguments.verb {
        Verb::List { application, state } => {
            let filter = Filter { application, state, ..Filter::default() };
            return list(&session, filter).await;
        }
        Verb::Show { change } => application_changes::find(ctx, actor, &change).await,
        Verb::Approve { which, reviewer } => {
            let decision = Decision { reviewer: Some(reviewer), decision: ScopeDecision::Approved, reason: None };
            application_changes::decide(ctx, actor, which.change, decision).await
        }
        Verb::Decline { which, reviewer, reason } => {
            let decision =
                Decision { reviewer: Some(reviewer), decision: ScopeDecision::Declined, reason: Some(reason) };
            application_changes::decide(ctx, actor, which.change, decision).await
        }
        Verb::Withdraw(which) => application_changes::withdraw(ctx, actor, which.change).await,
    };
    show(&session, &change.map_err(failed)?)
}

fn show(session: &Session, change: &ApplicationChange) -> anyhow::Result<()> {
    let view = ApplicationChangeView::from(change);
    let fields = [
        ("id", view.id.clone()),
        ("reference", view.reference.clone()),
        ("application", view.application_id.clone()),
        ("field", view.field.clone()),
        ("before", words(&view.before)),
        ("after", words(&view.after)),
        ("state", view.state.clone()),
        ("proposed by", view.proposed_by.clone()),
        ("due", view.due_at.0.to_string()),
        ("reason", view.reason.clone().unwrap_or_default()),
    ];
    session.output.item(&view, &fields)
}

async fn list(session: &Session, filter: Filter) -> anyhow::Result<()> {
    let page =
        async |after, limit| application_changes::list(&session.ctx, Filter { after, limit, ..filter.clone() }).await;
    let found = all(page, |change| change.id.to_string()).await?;
    let views: Vec<_> = found.iter().map(ApplicationChangeView::from).collect();
    session.output.list(&views, &["id", "reference", "application", "field", "state", "due"], |view| {
        let (id, reference, application) = (view.id.clone(), view.reference.clone(), view.application_id.clone());
        vec![id, reference, application, view.field.clone(), view.state.clone(), view.due_at.0.to_string()]
    })
}

/// A list of addresses, or a user.
fn words(value: &Value) -> String {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        Value::String(text) => text.clone(),
        _ => "none".to_owned(),
    }
}
