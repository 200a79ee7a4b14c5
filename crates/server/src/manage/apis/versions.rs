//! `/manage/v1/apis/{id}/versions`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApiId, ApiVersionId};
use gatehouse_core::portal::api::ApiVersion;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::apis::{self, ChangeVersion, NewVersion, VersionChange};
use crate::actions::{ActionError, Actor};
use crate::context::Context;
use crate::manage::{Body, Created, Iso, Listed, Path, Refusal};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(get))
        .routes(routes!(document, replace))
        .routes(routes!(publish))
        .routes(routes!(deprecate))
        .routes(routes!(retire))
}

/// A version of an API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApiVersion)]
pub struct VersionView {
    /// `ver_…`
    pub id: String,
    /// As people name it.
    pub label: String,
    /// `draft`, `published`, `deprecated` or `retired`.
    pub state: String,
    /// When it will be, or was, switched off.
    pub sunset_at: Option<Iso>,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
}

/// How a version is deprecated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Deprecation {
    /// When it will be switched off: `2027-01-31T00:00:00Z`.
    sunset_at: Option<Iso>,
}

impl From<&ApiVersion> for VersionView {
    fn from(version: &ApiVersion) -> Self {
        Self {
            id: version.id.to_string(),
            label: version.label.clone(),
            state: version.state.to_string(),
            sunset_at: version.sunset_at.map(Iso),
            created_at: version.created_at.into(),
            updated_at: version.updated_at.into(),
        }
    }
}

type Ids = Path<(ApiId, ApiVersionId)>;

/// List an API's versions
#[utoipa::path(get, path = "/apis/{id}/versions", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 200, description = "Every version, the oldest first", body = Listed<VersionView>),
))]
async fn list(State(ctx): State<Context>, Path(id): Path<ApiId>) -> Result<Json<Listed<VersionView>>, Refusal> {
    let versions = apis::list_versions(&ctx, id).await?;
    Ok(Json(Listed::whole(versions.iter().map(VersionView::from))))
}

/// Add a version to an API
///
/// As a draft. Scopes that the API does not have yet are added; those that it has stay as they are.
#[utoipa::path(post, path = "/apis/{id}/versions", tag = "APIs", request_body = NewVersion,
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 201, description = "The version", body = VersionView),
))]
async fn add(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApiId>,
    Body(input): Body<NewVersion>,
) -> Result<Created<VersionView>, Refusal> {
    Ok(Created((&apis::add_version(&ctx, &actor, id, input).await?).into()))
}

/// Get a version
#[utoipa::path(get, path = "/apis/{id}/versions/{version_id}", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`"), ("version_id" = String, Path, description = "`ver_…`")),
    responses((status = 200, description = "The version", body = VersionView)))]
async fn get(State(ctx): State<Context>, Path(ids): Ids) -> Result<Json<VersionView>, Refusal> {
    Ok(Json((&apis::get_version(&ctx, ids).await?).into()))
}

/// Get a version's OpenAPI document
#[utoipa::path(get, path = "/apis/{id}/versions/{version_id}/document", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`"), ("version_id" = String, Path, description = "`ver_…`")),
    responses((status = 200, description = "The document", body = Object)))]
async fn document(State(ctx): State<Context>, Path(ids): Ids) -> Result<Json<Value>, Refusal> {
    let version = apis::get_version(&ctx, ids).await?;
    let document = serde_json::from_str(&version.document);
    let document = document.map_err(|error| ActionError::Internal(format!("document of {}: {error}", version.id)))?;
    Ok(Json(document))
}

/// Replace a version's OpenAPI document
#[utoipa::path(put, path = "/apis/{id}/versions/{version_id}/document", tag = "APIs", request_body = NewVersion,
    params(("id" = String, Path, description = "`api_…`"), ("version_id" = String, Path, description = "`ver_…`")),
    responses((status = 200, description = "The version as it is now", body = VersionView)))]
async fn replace(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Ids,
    Body(input): Body<NewVersion>,
) -> Result<Json<VersionView>, Refusal> {
    Ok(Json((&apis::replace_document(&ctx, &actor, ids, input).await?).into()))
}

/// Publish a version
#[utoipa::path(post, path = "/apis/{id}/versions/{version_id}/publish", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`"), ("version_id" = String, Path, description = "`ver_…`")),
    responses((status = 200, description = "The version as it is now", body = VersionView)))]
async fn publish(State(ctx): State<Context>, actor: Actor, Path(ids): Ids) -> Result<Json<VersionView>, Refusal> {
    change(&ctx, &actor, ids, ChangeVersion { change: VersionChange::Publish, sunset_at: None }).await
}

/// Deprecate a version
///
/// It stays served, and may get a day on which it will be switched off.
#[utoipa::path(post, path = "/apis/{id}/versions/{version_id}/deprecate", tag = "APIs", request_body = Deprecation,
    params(("id" = String, Path, description = "`api_…`"), ("version_id" = String, Path, description = "`ver_…`")),
    responses((status = 200, description = "The version as it is now", body = VersionView)))]
async fn deprecate(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Ids,
    Body(input): Body<Deprecation>,
) -> Result<Json<VersionView>, Refusal> {
    let sunset_at = input.sunset_at.map(|at| at.0);
    change(&ctx, &actor, ids, ChangeVersion { change: VersionChange::Deprecate, sunset_at }).await
}

/// Retire a version
///
/// Its calls end.
#[utoipa::path(post, path = "/apis/{id}/versions/{version_id}/retire", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`"), ("version_id" = String, Path, description = "`ver_…`")),
    responses((status = 200, description = "The version as it is now", body = VersionView)))]
async fn retire(State(ctx): State<Context>, actor: Actor, Path(ids): Ids) -> Result<Json<VersionView>, Refusal> {
    change(&ctx, &actor, ids, ChangeVersion { change: VersionChange::Retire, sunset_at: None }).await
}

async fn change(
    ctx: &Context,
    actor: &Actor,
    ids: (ApiId, ApiVersionId),
    input: ChangeVersion,
) -> Result<Json<VersionView>, Refusal> {
    Ok(Json((&apis::change_version(ctx, actor, ids, input).await?).into()))
}
