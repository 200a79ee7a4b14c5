//! A new authorization server with its first keys.

use gatehouse_core::field::FieldError;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::admission::OpenTo;
use gatehouse_core::oauth::authorization_server::{
    AuthorizationServer, DEFAULT_KEY_ROTATION_INTERVAL, Lifetimes, ServerId, check,
};
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, authorization_servers, signing_keys};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::LifetimesInput;
use crate::actions::{ActionError, Actor, authority, events, keys};
use crate::context::Context;

/// A new authorization server.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServer {
    /// Part of the issuer and of every address: 1 to 63 characters of a-z, 0-9 and -. Never changes.
    pub id: String,
    /// For operators.
    pub name: String,
    /// `aud` of tokens whose scopes belong to no API.
    pub audience: String,
    /// `ES256` (default), `EdDSA` or `RS256`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub access_token_signing_alg: Option<Algorithm>,
    /// Who may use it: `all` applications (default), or those `listed` at `/servers/{id}/applications`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub open_to: Option<OpenTo>,
    /// How long things live.
    #[serde(default)]
    pub lifetimes: LifetimesInput,
    /// Seconds between rotations of the keys: one day to two years, 90 days by default.
    #[serde(default)]
    pub key_rotation_interval: Option<i64>,
}

/// Makes a server with an active and a next key.
pub async fn create(ctx: &Context, actor: &Actor, input: NewServer) -> Result<AuthorizationServer, ActionError> {
    let server = checked(ctx, input)?;
    let pair = keys::make_pair(ctx, &server.id, server.access_token_signing_alg).await?;
    let event =
        events::event(ctx, actor, "authorization_server.created", "authorization_server", &server.id).after(json!({
            "name": server.name,
            "audience": server.audience,
            "access_token_signing_alg": server.access_token_signing_alg,
            "open_to": server.open_to,
            "lifetimes": server.lifetimes,
            "key_rotation_interval": server.key_rotation_interval,
        }));
    let stored = server.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            super::check_audience_free(tx, &stored.audience).await?;
            authorization_servers::insert(tx, &stored).await.map_err(super::taken)?;
            for key in &pair {
                signing_keys::insert(tx, key).await?;
            }
            audit::record(tx, &event).await?;
            tx.change(Topic::Server, stored.id.as_str());
            Ok::<_, ActionError>(())
        })
        .await?;
    Ok(server)
}

fn checked(ctx: &Context, input: NewServer) -> Result<AuthorizationServer, ActionError> {
    let id = input.id.parse::<ServerId>().map_err(|error| FieldError::new("id", "invalid", error.to_string()));
    // A stand-in, so that the other fields are checked too.
    let (id, mut errors) = match id {
        Ok(id) => (Some(id), Vec::new()),
        Err(error) => (None, vec![error]),
    };
    let server = AuthorizationServer {
        id: id.or_else(|| "default".parse().ok()).ok_or_else(|| ActionError::Internal("server id".to_owned()))?,
        name: input.name.trim().to_owned(),
        audience: input.audience,
        access_token_signing_alg: input.access_token_signing_alg.unwrap_or(Algorithm::Es256),
        open_to: input.open_to.unwrap_or(OpenTo::All),
        lifetimes: input.lifetimes.over(Lifetimes::default()),
        key_rotation_interval: input.key_rotation_interval.unwrap_or(DEFAULT_KEY_ROTATION_INTERVAL),
        created_at: ctx.now(),
        updated_at: ctx.now(),
        version: 1,
    };
    errors.extend(check(&server));
    if errors.is_empty() { Ok(server) } else { Err(ActionError::Invalid(errors)) }
}
