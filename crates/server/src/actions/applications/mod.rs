//! Applications: one file per action.

mod api_user;
mod change;
mod create;
mod environment;
mod lifecycle;
mod overview;
mod sector;
mod show;
mod transfer;
mod usage;

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::application::{self, Application, ApplicationState, ApplicationStateError};
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, audit};

pub(super) use api_user::find_api_user;
pub use api_user::set_api_user;
pub use change::{ApplicationChange, change};
pub use create::{NewApplication, Protocol, create};
pub(super) use create::{draft, insert_in};
pub use environment::{Environment, for_programs};
pub use lifecycle::{delete, reactivate, suspend};
pub(super) use overview::access_of;
pub use overview::{Access, Overview, Secrets, access, mine, overview, secrets};
pub use show::{Filter, find, list};
pub use transfer::{Transfer, Waiting, transfer, waits_for};
pub use usage::{Usage, calls, refused_calls, usage};

use super::authority::{self, Want};
use super::events::event;
use super::{ActionError, Actor};
use crate::context::Context;

/// An application that was not deleted.
pub(super) async fn load(tx: &mut Tx, id: ApplicationId) -> Result<Application, ActionError> {
    let found = applications::find(tx, id).await?;
    found
        .filter(|application| application.state != ApplicationState::Deleted)
        .ok_or_else(|| ActionError::not_found("application", id))
}

/// One of the actor's own, for what the actor wants; of another organization: none.
pub(super) async fn load_for(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    want: Want,
) -> Result<Application, ActionError> {
    let application = load(tx, id).await?;
    let missing = || ActionError::not_found("application", id);
    authority::member(tx, actor, application.organization_id, want, missing).await?;
    Ok(application)
}

/// Writes the next version and tells the data plane.
async fn save(tx: &mut Tx, next: &Application) -> Result<(), ActionError> {
    if !applications::update(tx, next).await? {
        return Err(ActionError::changed_meanwhile());
    }
    tx.change(Topic::Application, &next.client_id);
    Ok(())
}

/// Checks the changed application and writes it with its event. A change that changes nothing writes nothing.
pub(in crate::actions) async fn write(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    action: &'static str,
    (before, after): (&Application, Application),
) -> Result<Application, ActionError> {
    check(&after)?;
    if after == *before {
        return Ok(after);
    }
    let after = next_version(&after, ctx.now())?;
    save(tx, &after).await?;
    let (old, new) = difference(before, &after);
    let event = event(ctx, actor, action, "application", after.id);
    audit::record(tx, &event.before(old).after(new)).await?;
    Ok(after)
}

/// Refuses fields that cannot be accepted.
fn check(application: &Application) -> Result<(), ActionError> {
    let errors = gatehouse_core::portal::application_fields::check(application);
    if errors.is_empty() { Ok(()) } else { Err(ActionError::Invalid(errors)) }
}

fn refused(error: ApplicationStateError) -> ActionError {
    ActionError::conflict(error.code(), error.to_string())
}

/// What the audit log keeps of an application: its fields, without the addresses of people.
fn audited(application: &Application) -> serde_json::Value {
    let mut value = serde_json::to_value(application).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for field in ["contacts", "created_at", "updated_at", "version"] {
            fields.remove(field);
        }
    }
    value
}

/// The members of two audited values that differ.
fn difference(before: &Application, after: &Application) -> (serde_json::Value, serde_json::Value) {
    let (mut old, mut new) = (audited(before), audited(after));
    if let (Some(old), Some(new)) = (old.as_object_mut(), new.as_object_mut()) {
        let same: Vec<String> =
            old.iter().filter(|(name, value)| new.get(*name) == Some(value)).map(|(name, _)| name.clone()).collect();
        for name in same {
            old.remove(&name);
            new.remove(&name);
        }
    }
    (old, new)
}

/// The next version of an application that may change.
fn next_version(application: &Application, now: gatehouse_core::time::Timestamp) -> Result<Application, ActionError> {
    application::ensure_editable(application).map_err(refused)?;
    Ok(application::changed(application.clone(), now))
}

#[cfg(test)]
mod tests;
