//! Passkeys of a user: adding and removing.

use gatehouse_core::id::{PasskeyId, SessionId, UserId};
use gatehouse_core::identity::passkey::{MOST, Passkey, Registration, RelyingParty, register};
use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_store::passkeys;

use super::Gained;
use super::change::{gained, lost, still};
use super::ticket::Presented;
use crate::actions::accounts::prove;
use crate::actions::{ActionError, Actor, fields};
use crate::context::Context;

/// What the browser made. Holds a password: no `Debug`.
pub struct NewPasskey {
    /// The session that goes on.
    pub session: SessionId,
    /// By what its user signed in.
    pub amr: Vec<AuthenticationMethod>,
    /// The present password.
    pub password: String,
    /// The passkey.
    pub made: Made,
}

/// A passkey as a page sends it.
pub struct Made {
    /// As the user calls it.
    pub name: String,
    /// The browser's answer.
    pub answer: Registration,
    /// The question.
    pub ticket: Presented,
}

/// Checks what a browser has made for a user.
pub(in crate::actions) fn passkey(ctx: &Context, id: UserId, made: &Made) -> Result<Passkey, ActionError> {
    let name = fields::display_name("name", &made.name).map_err(|error| ActionError::Invalid(vec![error]))?;
    let site = site(ctx)?;
    let credential = register(&made.answer, made.ticket.challenge(), &site).map_err(|error| {
        tracing::info!(user.id = %id, %error, "passkey.not_registered");
        ActionError::invalid("name", "not_registered", "the passkey could not be made: try once more")
    })?;
    let now = ctx.now();
    let id_of_row = PasskeyId::new(now, ctx.random());
    Ok(Passkey { id: id_of_row, user_id: id, name, credential, created_at: now, last_used_at: None })
}

/// The refusal of one that is there.
pub(in crate::actions) fn registered_already() -> ActionError {
    ActionError::invalid("name", "exists", "this passkey is registered already")
}

/// Adds a passkey, for whoever knows the password. The ticket is one for this user.
pub async fn add_passkey(ctx: &Context, actor: &Actor, id: UserId, new: NewPasskey) -> Result<Gained, ActionError> {
    let hash = prove(ctx, id, &new.password).await?;
    let passkey = passkey(ctx, id, &new.made)?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let user = still(tx, id, &hash).await?;
            new.made.ticket.use_up(tx).await?;
            if passkeys::list_of_user(tx, id).await?.len() >= MOST {
                return Err(ActionError::invalid("name", "too_many", format!("you have {MOST}: remove one first")));
            }
            if !passkeys::insert(tx, &passkey).await? {
                return Err(registered_already());
            }
            let factor = format!("passkey \"{}\"", passkey.name);
            let cookie = gained(tx, (&context, &actor), (&user, new.session), &new.amr, &factor).await?;
            Ok(Gained { cookie, codes: Vec::new() })
        })
        .await
}

/// Removes one, for whoever knows the password.
pub async fn remove_passkey(
    ctx: &Context,
    actor: &Actor,
    (user, id): (UserId, PasskeyId),
    password: &str,
) -> Result<(), ActionError> {
    let hash = prove(ctx, user, password).await?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let person = still(tx, user, &hash).await?;
            let Some(gone) = passkeys::delete(tx, user, id).await? else {
                return Err(ActionError::not_found("passkey", id));
            };
            lost(tx, (&context, &actor), &person, &format!("passkey \"{}\"", gone.name)).await
        })
        .await
}

/// The portal, as passkeys know it.
pub(super) fn site(ctx: &Context) -> Result<RelyingParty, ActionError> {
    RelyingParty::of(ctx.portal_url()?).ok_or_else(|| {
        let message = "passkeys need https and a host name: portal_url has neither";
        ActionError::invalid("name", "no_passkeys_here", message)
    })
}
