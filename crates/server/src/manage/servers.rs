//! `/manage/v1/servers` and their keys

use axum::Json;
use axum::extract::State;
use gatehouse_core::oauth::authorization_server::{AuthorizationServer, Lifetimes};
use gatehouse_core::oauth::signing_key::{KeyState, ServerKey};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, Path, Refusal};
use crate::actions::Actor;
use crate::actions::keys::{self, AddKeys, RotateKeys};
use crate::actions::servers::{self, EditServer, NewServer};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, edit))
        .routes(routes!(list_keys, add_keys))
        .routes(routes!(rotate_keys))
}

/// An authorization server.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuthorizationServer)]
pub struct ServerView {
    /// Part of its issuer.
    pub id: String,
    /// For operators.
    pub name: String,
    /// `aud` of tokens whose scopes belong to no API.
    pub audience: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub access_token_signing_alg: String,
    /// `all` or `listed`: who may use it.
    pub open_to: String,
    /// In seconds.
    pub lifetimes: LifetimesView,
    /// Seconds between rotations of the keys.
    pub key_rotation_interval: i64,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
}

/// Lifetimes in seconds.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Lifetimes)]
pub struct LifetimesView {
    /// Access token.
    pub access_token: i64,
    /// ID token.
    pub id_token: i64,
    /// Authorization code.
    pub code: i64,
    /// Refresh token without use.
    pub refresh_token_idle: i64,
    /// Refresh token altogether.
    pub refresh_token_absolute: i64,
    /// How long a rotated refresh token gives the same successor.
    pub refresh_token_leeway: i64,
    /// Pushed authorization request.
    pub pushed_authorization_request: i64,
    /// Device code and user code.
    pub device_code: i64,
    /// Browser session without use.
    pub session_idle: i64,
    /// Browser session altogether.
    pub session_absolute: i64,
}

/// A signing key. Its private part is never shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub struct KeyView {
    /// Its id: the thumbprint (RFC 7638).
    pub kid: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub alg: String,
    /// `next`, `active` or `retired`.
    pub state: String,
    /// Since when it is published.
    pub created_at: Iso,
    /// Since when it signs, or signed.
    pub activated_at: Option<Iso>,
    /// Until when it signed.
    pub retired_at: Option<Iso>,
    /// The key-encryption key that its private part is under.
    pub key_encryption_key: String,
}

impl From<&AuthorizationServer> for ServerView {
    fn from(server: &AuthorizationServer) -> Self {
        Self {
            id: server.id.to_string(),
            name: server.name.clone(),
            audience: server.audience.clone(),
            access_token_signing_alg: server.access_token_signing_alg.to_string(),
            open_to: server.open_to.to_string(),
            lifetimes: server.lifetimes.into(),
            key_rotation_interval: server.key_rotation_interval,
            created_at: server.created_at.into(),
            updated_at: server.updated_at.into(),
        }
    }
}

impl From<Lifetimes> for LifetimesView {
    fn from(lifetimes: Lifetimes) -> Self {
        Self {
            access_token: lifetimes.access_token,
            id_token: lifetimes.id_token,
            code: lifetimes.code,
            refresh_token_idle: lifetimes.refresh_token_idle,
            refresh_token_absolute: lifetimes.refresh_token_absolute,
            refresh_token_leeway: lifetimes.refresh_token_leeway,
            pushed_authorization_request: lifetimes.pushed_authorization_request,
            device_code: lifetimes.device_code,
            session_idle: lifetimes.session_idle,
            session_absolute: lifetimes.session_absolute,
        }
    }
}

impl From<&ServerKey> for KeyView {
    fn from(key: &ServerKey) -> Self {
        let (activated_at, retired_at) = match key.state {
            KeyState::Next => (None, None),
            KeyState::Active { since } => (Some(since), None),
            KeyState::Retired { since, until } => (Some(since), Some(until)),
        };
        Self {
            kid: key.public.kid().to_owned(),
            alg: key.alg().to_string(),
            state: key.state.name().to_string(),
            created_at: key.created_at.into(),
            activated_at: activated_at.map(Iso),
            retired_at: retired_at.map(Iso),
            key_encryption_key: key.key_encryption_key.clone(),
        }
    }
}

/// List authorization servers
///
/// All of them: there are few.
#[utoipa::path(get, path = "/servers", tag = "Authorization servers", responses(
    (status = 200, description = "Every authorization server", body = Listed<ServerView>),
))]
async fn list(State(ctx): State<Context>) -> Result<Json<Listed<ServerView>>, Refusal> {
    Ok(Json(Listed::whole(servers::list(&ctx).await?.iter().map(ServerView::from))))
}

/// Create an authorization server
///
/// With an active and a next key. It can neither be renamed nor deleted: its issuer stands in tokens.
#[utoipa::path(post, path = "/servers", tag = "Authorization servers", request_body = NewServer, responses(
    (status = 201, description = "The authorization server", body = ServerView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewServer>,
) -> Result<Created<ServerView>, Refusal> {
    Ok(Created((&servers::create(&ctx, &actor, input).await?).into()))
}

/// Get an authorization server
#[utoipa::path(get, path = "/servers/{id}", tag = "Authorization servers",
    params(("id" = String, Path, description = "`default`")), responses(
    (status = 200, description = "The authorization server", body = ServerView),
))]
async fn get(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Json<ServerView>, Refusal> {
    Ok(Json((&servers::get(&ctx, &id).await?).into()))
}

/// Change an authorization server
///
/// What is absent stays. Another algorithm needs keys that have been published long enough.
#[utoipa::path(patch, path = "/servers/{id}", tag = "Authorization servers", request_body = EditServer,
    params(("id" = String, Path, description = "`default`")), responses(
    (status = 200, description = "The authorization server as it is now", body = ServerView),
))]
async fn edit(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<String>,
    Body(input): Body<EditServer>,
) -> Result<Json<ServerView>, Refusal> {
    Ok(Json((&servers::edit(&ctx, &actor, &id, input).await?).into()))
}

/// List an authorization server's keys
#[utoipa::path(get, path = "/servers/{id}/keys", tag = "Authorization servers",
    params(("id" = String, Path, description = "`default`")), responses(
    (status = 200, description = "Its keys, the newest first", body = Listed<KeyView>),
))]
async fn list_keys(State(ctx): State<Context>, Path(id): Path<String>) -> Result<Json<Listed<KeyView>>, Refusal> {
    Ok(Json(Listed::whole(keys::list(&ctx, &id).await?.iter().map(KeyView::from))))
}

/// Publish keys for another algorithm
///
/// An active and a next one. Fifteen minutes later the authorization server may be switched to it.
#[utoipa::path(post, path = "/servers/{id}/keys", tag = "Authorization servers", request_body = AddKeys,
    params(("id" = String, Path, description = "`default`")), responses(
    (status = 201, description = "The new keys", body = Listed<KeyView>),
))]
async fn add_keys(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<String>,
    Body(input): Body<AddKeys>,
) -> Result<Created<Listed<KeyView>>, Refusal> {
    Ok(Created(Listed::whole(keys::add(&ctx, &actor, &id, input).await?.iter().map(KeyView::from))))
}

/// Rotate an authorization server's keys
///
/// The next key becomes active, the active one retires, a new next one is published. `planned` is refused with
/// `next_key_is_fresh` while verifiers may not know the next key yet.
#[utoipa::path(post, path = "/servers/{id}/keys/rotate", tag = "Authorization servers", request_body = RotateKeys,
    params(("id" = String, Path, description = "`default`")), responses(
    (status = 200, description = "Its keys as they are now, the newest first", body = Listed<KeyView>),
))]
async fn rotate_keys(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<String>,
    Body(input): Body<RotateKeys>,
) -> Result<Json<Listed<KeyView>>, Refusal> {
    Ok(Json(Listed::whole(keys::rotate(&ctx, &actor, &id, input).await?.iter().map(KeyView::from))))
}
