//! A person answers for a device (RFC 8628 §3.3): everything is looked at once more in the transaction that writes consent,
//! grant and answer.

use std::sync::Arc;

use gatehouse_core::id::{GrantId, SessionId, UserId};
use gatehouse_core::oauth::device_code::{DeviceCode, grant_expires_at};
use gatehouse_core::oauth::grant::{Authentication, Grant};
use gatehouse_core::oauth::user_code::UserCode;
use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, audit, consents, device_codes, grants};
use serde_json::json;

use super::authorizations::{consent, who_acts};
use super::{ActionError, Actor, ActorKind, events};
use crate::context::Context;
use crate::directory::Server;

/// A device that waits for its person.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// What the person types in.
    pub user_code: UserCode,
    /// What is asked for.
    pub code: DeviceCode,
    /// By whom; active.
    pub application: Application,
}

/// What a person allows.
#[derive(Clone, Debug)]
pub struct Permission {
    /// Of the code.
    pub server: Arc<Server>,
    /// In which session it is said.
    pub session_id: SessionId,
    /// What, of what is asked for, in that order.
    pub scopes: Vec<String>,
    /// The scopes to remember.
    pub remember: Vec<String>,
}

/// The device with this code; `None` when there is none that somebody could still answer for.
pub async fn find_waiting(ctx: &Context, user_code: &UserCode) -> Result<Option<Waiting>, ActionError> {
    let (hash, now) = (user_code.hash(), ctx.now());
    let read = async move |tx: &mut Tx| {
        let found = device_codes::find_by_user_code(tx, hash).await?;
        let Some(code) = found.filter(|code| code.is_open(now)) else { return Ok(None) };
        let application = applications::find(tx, code.application_id).await?;
        let application = application.filter(|application| application.state == ApplicationState::Active);
        Ok::<_, ActionError>(application.map(|application| (code, application)))
    };
    let found = ctx.db.read(read).await?;
    Ok(found.map(|(code, application)| Waiting { user_code: user_code.clone(), code, application }))
}

/// Lets the device go on.
///
/// # Errors
/// `Conflict` when it was answered before, has expired, or user, session or application are no longer what they were.
pub async fn allow(
    ctx: &Context,
    actor: &Actor,
    user_code: &UserCode,
    permission: Permission,
) -> Result<(), ActionError> {
    let user = user(actor)?;
    let (context, actor, hash) = (ctx.clone(), actor.clone(), user_code.hash());
    let write = async move |tx: &mut Tx| {
        let now = context.now();
        let code = device_codes::find_by_user_code(tx, hash).await?.ok_or_else(ActionError::changed_meanwhile)?;
        let (authentication, _) = who_acts(tx, (user, permission.session_id), code.application_id, now).await?;
        let grant = grant(&context, (user, authentication), &code, &permission);
        consents::save(tx, &consent(&context, &grant, &permission.remember)).await?;
        grants::insert(tx, &grant).await?;
        if !device_codes::allow(tx, hash, grant.id, now).await? {
            return Err(ActionError::changed_meanwhile());
        }
        let event = events::event(&context, &actor, "grant.created", "grant", grant.id).after(json!({
            "application": grant.application_id,
            "server": grant.server_id.as_str(),
            "scopes": grant.scopes,
            "asked": true,
            "device": true,
        }));
        audit::record(tx, &event).await?;
        Ok(())
    };
    ctx.db.write(write).await
}

/// Sends the device away.
///
/// # Errors
/// `Conflict` when it was answered before, or has expired.
pub async fn deny(ctx: &Context, actor: &Actor, user_code: &UserCode) -> Result<(), ActionError> {
    user(actor)?;
    let (context, actor, hash) = (ctx.clone(), actor.clone(), user_code.hash());
    let write = async move |tx: &mut Tx| {
        let code = device_codes::find_by_user_code(tx, hash).await?.ok_or_else(ActionError::changed_meanwhile)?;
        if !device_codes::deny(tx, hash, context.now()).await? {
            return Err(ActionError::changed_meanwhile());
        }
        let event = events::event(&context, &actor, "device.denied", "application", code.application_id)
            .after(json!({"server": code.server_id.as_str(), "scopes": code.scopes}));
        audit::record(tx, &event).await?;
        Ok(())
    };
    ctx.db.write(write).await
}

fn user(actor: &Actor) -> Result<UserId, ActionError> {
    match actor.kind {
        ActorKind::User(user) => Ok(user),
        _ => Err(ActionError::changed_meanwhile()),
    }
}

fn grant(
    ctx: &Context,
    (user_id, authentication): (UserId, Authentication),
    code: &DeviceCode,
    permission: &Permission,
) -> Grant {
    let now = ctx.now();
    Grant {
        id: GrantId::new(now, ctx.random()),
        server_id: code.server_id.clone(),
        application_id: code.application_id,
        user_id,
        // Of the browser in which it was allowed, which may be anybody's.
        session_id: None,
        // Never more than was asked for.
        scopes: code.scopes.iter().filter(|name| permission.scopes.contains(name)).cloned().collect(),
        resources: code.resources.clone(),
        nonce: None,
        claims: None,
        authentication,
        created_at: now,
        last_used_at: now,
        expires_at: grant_expires_at(&permission.server.lifetimes, &permission.scopes, now),
        ended_at: None,
    }
}
