//! Retiring a secret (good for a grace longer) and revoking it (at once, its tokens too).

use std::time::Duration;

use gatehouse_core::id::{ApplicationId, ClientSecretId};
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::client_secret::{self, ClientSecret, DEFAULT_GRACE, LastSecret};
use gatehouse_store::audit;
use gatehouse_store::db::Tx;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::events::event;
use crate::actions::{ActionError, Actor, notices};
use crate::context::Context;

/// How a secret is retired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ClientSecretRetirement)]
pub struct Retirement {
    /// Seconds that it stays good: 1 to 604800 (7 days); 86400 (24 hours) unless said otherwise.
    pub grace_seconds: Option<u64>,
    /// Must be `true` to retire the last active secret of the application.
    pub last_active: bool,
}

/// How a secret is revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ClientSecretRevocation)]
pub struct Revocation {
    /// It fell into wrong hands: the owners of the organization are told, and the last active secret may end too.
    pub compromised: bool,
    /// Must be `true` to revoke the last active secret of the application.
    pub last_active: bool,
}

/// Retires a secret.
pub async fn retire(
    ctx: &Context,
    actor: &Actor,
    (application, id): (ApplicationId, ClientSecretId),
    how: Retirement,
) -> Result<ClientSecret, ActionError> {
    let grace = how.grace_seconds.map_or(DEFAULT_GRACE, Duration::from_secs);
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let (application, secrets) = super::load(tx, &actor, application).await?;
        let before = super::take(&secrets, id)?;
        let after =
            client_secret::retire(before.clone(), &secrets, grace, how.last(), ctx.now()).map_err(super::refused)?;
        super::save(tx, &application.client_id, &before, &after).await?;
        record(tx, (&ctx, &actor), "client_secret.retired", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

/// Revokes a secret; the tokens that it got die with it.
pub async fn revoke(
    ctx: &Context,
    actor: &Actor,
    (application, id): (ApplicationId, ClientSecretId),
    how: Revocation,
) -> Result<ClientSecret, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let (application, secrets) = super::load(tx, &actor, application).await?;
        let before = super::take(&secrets, id)?;
        let after = client_secret::revoke(before.clone(), &secrets, how.last(), ctx.now()).map_err(super::refused)?;
        super::save(tx, &application.client_id, &before, &after).await?;
        super::kill_tokens(tx, &ctx, id).await?;
        let action = if how.compromised { "client_secret.compromised" } else { "client_secret.revoked" };
        record(tx, (&ctx, &actor), action, (&before, &after)).await?;
        if how.compromised {
            tell_owners(tx, &ctx, &application, &after).await?;
        }
        Ok(after)
    })
    .await
}

impl Retirement {
    const fn last(self) -> LastSecret {
        if self.last_active { LastSecret::End } else { LastSecret::Keep }
    }
}

impl Revocation {
    /// A secret in wrong hands is worse than an application that is locked out.
    const fn last(self) -> LastSecret {
        if self.last_active || self.compromised { LastSecret::End } else { LastSecret::Keep }
    }
}

async fn record(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    action: &'static str,
    (before, after): (&ClientSecret, &ClientSecret),
) -> Result<(), ActionError> {
    let event = event(ctx, actor, action, "client_secret", after.id)
        .before(json!({ "application_id": before.application_id, "state": before.state }))
        .after(json!({ "state": after.state, "retires_at": after.retires_at }));
    Ok(audit::record(tx, &event).await?)
}

async fn tell_owners(
    tx: &mut Tx,
    ctx: &Context,
    application: &Application,
    secret: &ClientSecret,
) -> Result<(), ActionError> {
    let notice = notices::Notice {
        subject: format!("A client secret of {} was revoked as compromised", application.name),
        text: format!(
            "The client secret \"{}\" (ending in {}) of the application {} (client id {}) was revoked because it may \
             have fallen into wrong hands. Tokens that were got with it are refused from now on.\n\nWhat to do: create \
             a new secret, give it to your program, and look through the application's usage for calls that are not \
             yours.\n",
            secret.name, secret.last_four, application.name, application.client_id
        ),
    };
    notices::to_owners(tx, ctx, application.organization_id, &notice).await
}
