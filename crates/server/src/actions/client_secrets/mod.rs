//! Client secrets: one file per action. The text of a secret leaves [`create()`] or [`collect()`] once and is
//! kept nowhere.

mod create;
mod end;
mod links;
mod settle;
mod show;
mod slots;
mod tell_expiry;

use gatehouse_core::id::{ApplicationId, ClientSecretId};
use gatehouse_core::oauth::revocation::Predicate;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::client_secret::{ClientSecret, ClientSecretError};
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, client_secrets};

pub use create::{CreatedSecret, NewSecret, Newest, create};
pub use end::{Retirement, Revocation, retire, revoke};
pub use links::{CreatedLink, NewLink, create_link, list_links, open_link, reveal_link};
pub use settle::settle;
pub use show::list;
pub(super) use slots::open_after_approval;
pub use slots::{collect, lapse_slots, list_slots, open_slot};
pub use tell_expiry::tell_expiry;

use super::authority::Want;
use super::{ActionError, Actor, revoking};
use crate::context::Context;

/// An application with all its secrets, held until the end of the transaction: how many of them are active counts.
async fn load(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Result<(Application, Vec<ClientSecret>), ActionError> {
    applications::lock(tx, id).await?;
    let application = super::applications::load_for(tx, actor, id, Want::Change).await?;
    Ok((application, client_secrets::of_application(tx, id).await?))
}

fn take(secrets: &[ClientSecret], id: ClientSecretId) -> Result<ClientSecret, ActionError> {
    let found = secrets.iter().find(|secret| secret.id == id);
    found.cloned().ok_or_else(|| ActionError::not_found("client secret", id))
}

/// Writes a transition and tells the data plane.
async fn save(tx: &mut Tx, client_id: &str, before: &ClientSecret, after: &ClientSecret) -> Result<(), ActionError> {
    if !client_secrets::update(tx, after, before.state).await? {
        return Err(ActionError::changed_meanwhile());
    }
    tx.change(Topic::Application, client_id);
    Ok(())
}

/// Kills the tokens that a secret got. It never comes back, so neither do they.
async fn kill_tokens(tx: &mut Tx, ctx: &Context, id: ClientSecretId) -> Result<(), ActionError> {
    Ok(revoking::revoke_all(tx, ctx, Predicate::Grant { gid: id.to_string() }).await?)
}

fn refused(error: ClientSecretError) -> ActionError {
    ActionError::conflict(error.code(), error.to_string())
}

#[cfg(test)]
mod tests;
