//! `/manage/v1/apis/{id}/scopes`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApiId, ScopeId};
use gatehouse_core::portal::scope::Scope;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::Actor;
use crate::actions::apis::{self, EditScope, ScopeInput};
use crate::context::Context;
use crate::manage::{Body, Created, Iso, Listed, NoContent, Path, Refusal};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(edit, delete))
}

/// A scope of an API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Scope)]
pub struct ScopeView {
    /// `scp_…`
    pub id: String,
    /// As clients ask for it.
    pub name: String,
    /// A few words.
    pub title: String,
    /// What it allows.
    pub sentence: String,
    /// `normal`, `sensitive` or `restricted`.
    pub sensitivity: String,
    /// `implicit`, `required` or `flexible`.
    pub consent: String,
    /// Which grant types may ask for it.
    pub grant_types: Vec<String>,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
}

impl From<&Scope> for ScopeView {
    fn from(scope: &Scope) -> Self {
        Self {
            id: scope.id.to_string(),
            name: scope.name.clone(),
            title: scope.title.clone(),
            sentence: scope.sentence.clone(),
            sensitivity: scope.sensitivity.to_string(),
            consent: scope.consent.to_string(),
            grant_types: scope.grant_types.iter().map(ToString::to_string).collect(),
            created_at: scope.created_at.into(),
            updated_at: scope.updated_at.into(),
        }
    }
}

/// List an API's scopes
#[utoipa::path(get, path = "/apis/{id}/scopes", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 200, description = "Every scope of the API, in their order", body = Listed<ScopeView>),
))]
async fn list(State(ctx): State<Context>, Path(id): Path<ApiId>) -> Result<Json<Listed<ScopeView>>, Refusal> {
    let scopes = apis::list_scopes(&ctx, id).await?;
    Ok(Json(Listed::whole(scopes.iter().map(ScopeView::from))))
}

/// Add a scope to an API
#[utoipa::path(post, path = "/apis/{id}/scopes", tag = "APIs", request_body = ScopeInput,
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 201, description = "The scope", body = ScopeView),
))]
async fn add(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApiId>,
    Body(input): Body<ScopeInput>,
) -> Result<Created<ScopeView>, Refusal> {
    Ok(Created((&apis::add_scope(&ctx, &actor, id, input).await?).into()))
}

/// Change a scope
///
/// What is absent stays; the name never changes.
#[utoipa::path(patch, path = "/apis/{id}/scopes/{scope_id}", tag = "APIs", request_body = EditScope,
    params(("id" = String, Path, description = "`api_…`"), ("scope_id" = String, Path, description = "`scp_…`")),
    responses((status = 200, description = "The scope as it is now", body = ScopeView)))]
async fn edit(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Path<(ApiId, ScopeId)>,
    Body(input): Body<EditScope>,
) -> Result<Json<ScopeView>, Refusal> {
    Ok(Json((&apis::edit_scope(&ctx, &actor, ids, input).await?).into()))
}

/// Delete a scope
///
/// Only while nobody has asked for it.
#[utoipa::path(delete, path = "/apis/{id}/scopes/{scope_id}", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`"), ("scope_id" = String, Path, description = "`scp_…`")),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Path<(ApiId, ScopeId)>,
) -> Result<NoContent, Refusal> {
    apis::delete_scope(&ctx, &actor, ids).await?;
    Ok(NoContent)
}
