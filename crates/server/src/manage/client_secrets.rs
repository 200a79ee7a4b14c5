//! `/manage/v1/applications/{id}/secrets`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApplicationId, ClientSecretId};
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, Path, Refusal};
use crate::actions::Actor;
use crate::actions::client_secrets::{self, CreatedSecret, NewSecret, Retirement, Revocation};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(retire)).routes(routes!(revoke))
}

/// A client secret; its text is not kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ClientSecret)]
pub struct ClientSecretView {
    /// `sec_…`; also `gid` of the tokens that it gets.
    pub id: String,
    /// `app_…`
    pub application_id: String,
    /// So that people can tell secrets apart.
    pub name: String,
    /// The last four characters of the text.
    pub last_four: String,
    /// `active`, `retiring`, `revoked` or `expired`, as of now.
    pub state: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Iso,
    /// When it ends by itself.
    pub expires_at: Option<Iso>,
    /// When its grace ends or ended.
    pub retires_at: Option<Iso>,
    /// When it ended.
    pub ended_at: Option<Iso>,
    /// To the second or so.
    pub last_used_at: Option<Iso>,
}

/// A new client secret, with the text that is shown this once.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CreatedClientSecret)]
pub struct CreatedClientSecretView {
    /// What it belongs to.
    pub client_id: String,
    /// The text: `gh_cs_…`. It cannot be shown again.
    pub client_secret: String,
    /// What is listed of it.
    #[serde(flatten)]
    pub listed: ClientSecretView,
}

impl ClientSecretView {
    /// As of `now`: what a date has ended shows as ended.
    pub fn at(secret: &ClientSecret, now: Timestamp) -> Self {
        let settled = gatehouse_core::portal::client_secret::settle(secret, now);
        let secret = settled.as_ref().unwrap_or(secret);
        Self {
            id: secret.id.to_string(),
            application_id: secret.application_id.to_string(),
            name: secret.name.clone(),
            last_four: secret.last_four.clone(),
            state: secret.state.to_string(),
            created_by: secret.created_by.clone(),
            created_at: secret.created_at.into(),
            expires_at: secret.expires_at.map(Iso),
            retires_at: secret.retires_at.map(Iso),
            ended_at: secret.ended_at.map(Iso),
            last_used_at: secret.last_used_at.map(Iso),
        }
    }
}

impl From<&CreatedSecret> for CreatedClientSecretView {
    fn from(created: &CreatedSecret) -> Self {
        Self {
            client_id: created.client_id.clone(),
            client_secret: created.text.expose().to_owned(),
            listed: ClientSecretView::at(&created.secret, created.secret.created_at),
        }
    }
}

/// List the secrets of an application, ended ones too
#[utoipa::path(get, path = "/applications/{id}/secrets", tag = "Client secrets",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "All of them", body = Listed<ClientSecretView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<Listed<ClientSecretView>>, Refusal> {
    let now = ctx.now();
    let found = client_secrets::list(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(|secret| ClientSecretView::at(secret, now)))))
}

/// Create a client secret
///
/// The answer holds its text, which cannot be shown again.
#[utoipa::path(post, path = "/applications/{id}/secrets", tag = "Client secrets", request_body = NewSecret,
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 201, description = "The secret", body = CreatedClientSecretView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
    Body(input): Body<NewSecret>,
) -> Result<Created<CreatedClientSecretView>, Refusal> {
    Ok(Created((&client_secrets::create(&ctx, &actor, id, input).await?).into()))
}

/// Retire a client secret
///
/// It stays good for a grace longer, so that programs can change over.
#[utoipa::path(post, path = "/applications/{id}/secrets/{secret_id}/retire", tag = "Client secrets",
    request_body = Retirement,
    params(("id" = String, Path, description = "`app_…`"), ("secret_id" = String, Path, description = "`sec_…`")),
    responses((status = 200, description = "The secret as it is now", body = ClientSecretView)))]
async fn retire(
    State(ctx): State<Context>,
    actor: Actor,
    Path(secret): Path<(ApplicationId, ClientSecretId)>,
    Body(how): Body<Retirement>,
) -> Result<Json<ClientSecretView>, Refusal> {
    let retired = client_secrets::retire(&ctx, &actor, secret, how).await?;
    Ok(Json(ClientSecretView::at(&retired, ctx.now())))
}

/// Revoke a client secret
///
/// It and the tokens that it got are refused from now on. With `compromised`, the owners of the organization are told
/// by mail.
#[utoipa::path(post, path = "/applications/{id}/secrets/{secret_id}/revoke", tag = "Client secrets",
    request_body = Revocation,
    params(("id" = String, Path, description = "`app_…`"), ("secret_id" = String, Path, description = "`sec_…`")),
    responses((status = 200, description = "The secret as it is now", body = ClientSecretView)))]
async fn revoke(
    State(ctx): State<Context>,
    actor: Actor,
    Path(secret): Path<(ApplicationId, ClientSecretId)>,
    Body(how): Body<Revocation>,
) -> Result<Json<ClientSecretView>, Refusal> {
    let revoked = client_secrets::revoke(&ctx, &actor, secret, how).await?;
    Ok(Json(ClientSecretView::at(&revoked, ctx.now())))
}
