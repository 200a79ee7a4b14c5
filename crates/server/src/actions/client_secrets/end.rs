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
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor};
use crate::context::Context;
use crate::mail::texts::Text;

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
    let link = format!("/applications/{}/secrets", application.id);
    let notice = Notice::new(Text::SecretCompromised, link)
        .with("application", application.name.as_str())
        .with("client_id", application.client_id.as_str())
        .with("secret_name", secret.name.as_str())
        .with("last_four", secret.last_four.as_str());
    notices::tell_owners(tx, ctx, application.organization_id, &notice).await
}
