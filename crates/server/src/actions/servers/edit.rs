//! Changes of an authorization server.

use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::admission::OpenTo;
use gatehouse_core::oauth::authorization_server::{AuthorizationServer, check};
use gatehouse_core::oauth::signing_key::{KeyState, PUBLISHED_BEFORE_USE};
use gatehouse_core::time::Timestamp;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, authorization_servers, signing_keys};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::LifetimesInput;
use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// What is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditServer {
    /// For operators.
    pub name: Option<String>,
    /// `aud` of tokens whose scopes belong to no API.
    pub audience: Option<String>,
    /// `ES256`, `EdDSA` or `RS256`; the server must have published keys for it, see `keys`.
    #[schema(value_type = Option<String>)]
    pub access_token_signing_alg: Option<Algorithm>,
    /// Who may use it: `all` applications, or those `listed` at `/servers/{id}/applications`. Holds at once, for what
    /// was issued before too.
    #[schema(value_type = Option<String>)]
    pub open_to: Option<OpenTo>,
    /// How long things live. Holds for what is issued from now on.
    #[serde(default)]
    pub lifetimes: LifetimesInput,
    /// Seconds between rotations of the keys.
    pub key_rotation_interval: Option<i64>,
}

/// Edits a server.
pub async fn edit(
    ctx: &Context,
    actor: &Actor,
    id: &str,
    input: EditServer,
) -> Result<AuthorizationServer, ActionError> {
    let before = super::get(ctx, id).await?;
    let after = AuthorizationServer {
        name: input.name.map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
        audience: input.audience.unwrap_or_else(|| before.audience.clone()),
        access_token_signing_alg: input.access_token_signing_alg.unwrap_or(before.access_token_signing_alg),
        open_to: input.open_to.unwrap_or(before.open_to),
        lifetimes: input.lifetimes.over(before.lifetimes),
        key_rotation_interval: input.key_rotation_interval.unwrap_or(before.key_rotation_interval),
        updated_at: ctx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    let errors = check(&after);
    if !errors.is_empty() {
        return Err(ActionError::Invalid(errors));
    }
    let event = events::event(ctx, actor, "authorization_server.edited", "authorization_server", &before.id)
        .before(fields(&before))
        .after(fields(&after));
    let (saved, now) = (after.clone(), ctx.now());
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            if saved.audience != before.audience {
                super::check_audience_free(tx, &saved.audience).await?;
            }
            if saved.access_token_signing_alg != before.access_token_signing_alg {
                check_keys(tx, &saved, now).await?;
            }
            if !authorization_servers::save(tx, &saved).await.map_err(super::taken)? {
                return Err(ActionError::changed_meanwhile());
            }
            audit::record(tx, &event).await?;
            tx.change(Topic::Server, saved.id.as_str());
            Ok(())
        })
        .await?;
    Ok(after)
}

/// A key that begins to sign must be known to every verifier already.
async fn check_keys(tx: &mut Tx, server: &AuthorizationServer, now: Timestamp) -> Result<(), ActionError> {
    let alg = server.access_token_signing_alg;
    let keys = signing_keys::list_of_server(tx, &server.id).await?;
    let active = keys.iter().find(|key| key.alg() == alg && matches!(key.state, KeyState::Active { .. }));
    let Some(active) = active else {
        let message = format!("the server has no keys for {alg}: add them, wait, then switch");
        return Err(ActionError::conflict("no_keys", message));
    };
    let from = active.created_at.plus(PUBLISHED_BEFORE_USE);
    if now < from {
        let message = format!("the keys for {alg} may sign from {from} on, when every verifier has fetched them");
        return Err(ActionError::conflict("key_is_fresh", message));
    }
    Ok(())
}

fn fields(server: &AuthorizationServer) -> Value {
    json!({
        "name": server.name,
        "audience": server.audience,
        "access_token_signing_alg": server.access_token_signing_alg,
        "open_to": server.open_to,
        "lifetimes": server.lifetimes,
        "key_rotation_interval": server.key_rotation_interval,
    })
}
