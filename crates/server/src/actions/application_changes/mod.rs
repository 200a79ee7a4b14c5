//! Changes of applications that reviewers must see again before they go live: one file per action. They are proposed by
//! the actions that change an application (`applications/change.rs`, `applications/api_user.rs`).

mod decide;
mod desk;
mod propose;
mod remind;
mod show;
mod tell;
mod withdraw;

use gatehouse_core::id::ApplicationChangeId;
use gatehouse_core::portal::application_change::{ApplicationChange, ApplicationChangeError, Proposal};
use gatehouse_store::db::Tx;
use gatehouse_store::{application_changes, audit};
use serde_json::{Value, json};

pub use decide::{Decision, decide};
pub use desk::{Address, Dossier, Queue, Wanted, dossier, queue};
pub(super) use propose::{propose, reviewed};
pub use remind::remind;
pub(super) use show::open;
pub use show::{Change, Changes, Filter, find, list, of_application};
pub use withdraw::withdraw;
pub(super) use withdraw::withdraw_all;

use super::authority::{self, Want};
use super::events::event;
use super::{ActionError, Actor, ActorKind};
use crate::context::Context;

async fn load(tx: &mut Tx, id: ApplicationChangeId) -> Result<ApplicationChange, ActionError> {
    application_changes::find(tx, id).await?.ok_or_else(|| missing(id))
}

fn missing(which: impl std::fmt::Display) -> ActionError {
    ActionError::not_found("application change", which)
}

/// Lets pass whoever may do this with a change of their organization; to others there is none.
async fn of_organization(
    tx: &mut Tx,
    actor: &Actor,
    change: &ApplicationChange,
    want: Want,
) -> Result<(), ActionError> {
    authority::member(tx, actor, change.organization_id, want, || missing(&change.reference)).await
}

/// Writes the end of a change, once, and the event that tells of it.
async fn end(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    action: &'static str,
    after: &ApplicationChange,
) -> Result<(), ActionError> {
    if !application_changes::end(tx, after).await? {
        return Err(ActionError::changed_meanwhile());
    }
    let event = event(ctx, actor, action, "application_change", after.id)
        .before(json!({ "state": "submitted" }))
        .after(json!({ "state": after.state, "application_id": after.application_id, "decided_by": after.decided_by }));
    Ok(audit::record(tx, &event).await?)
}

/// Both values, as the audit log and the management API say them.
pub(crate) fn values(proposal: &Proposal) -> (Value, Value) {
    match proposal {
        Proposal::RedirectUris(addresses) | Proposal::PostLogoutRedirectUris(addresses) => {
            (json!(addresses.before), json!(addresses.after))
        }
        Proposal::ApiUser { before, after } => (json!(before), json!(after)),
    }
}

fn refused(error: ApplicationChangeError) -> ActionError {
    ActionError::conflict(error.code(), error.to_string())
}

/// The acting user; nobody for operators, the command line and jobs.
fn user_of(actor: &Actor) -> Option<gatehouse_core::id::UserId> {
    match actor.kind {
        ActorKind::User(user) => Some(user),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
