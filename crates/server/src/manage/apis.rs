//! `/manage/v1/apis`, their versions and scopes

mod credentials;
mod scopes;
mod versions;

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::ApiId;
use gatehouse_core::portal::api::Api;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::apis::{self, EditApi, NewApi};
use crate::context::Context;

pub use credentials::{ApiCredentialView, CreatedApiCredentialView};
pub use scopes::ScopeView;
pub use versions::VersionView;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, edit))
        .merge(credentials::routes())
        .merge(scopes::routes())
        .merge(versions::routes())
}

/// An API of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Api)]
pub struct ApiView {
    /// `api_…`
    pub id: String,
    /// Its name in addresses.
    pub slug: String,
    /// The authorization server that gives out its tokens.
    pub server: String,
    /// As people see it.
    pub name: String,
    /// Markdown.
    pub description: String,
    /// `aud` of its tokens.
    pub audience: String,
    /// What is behind the gate.
    pub upstream: Option<String>,
    /// `jwt` or `opaque`.
    pub token_format: String,
    /// Calls per application.
    pub plan: PlanView,
    /// Who decides on access requests.
    #[schema(value_type = Object)]
    pub review_policy: Value,
    /// What an access request must answer.
    #[schema(value_type = Vec<Object>)]
    pub request_questions: Value,
    /// Where its terms of use are.
    pub terms_url: Option<String>,
    /// `draft`, `published` or `retired`.
    pub state: String,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
}

/// Calls per window and application.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanView {
    /// Calls.
    pub limit: i64,
    /// Seconds of the window.
    pub window: i64,
}

impl From<&Api> for ApiView {
    fn from(api: &Api) -> Self {
        Self {
            id: api.id.to_string(),
            slug: api.slug.clone(),
            server: api.server_id.to_string(),
            name: api.name.clone(),
            description: api.description.clone(),
            audience: api.audience.clone(),
            upstream: api.upstream.as_ref().map(ToString::to_string),
            token_format: api.token_format.to_string(),
            plan: PlanView { limit: api.plan.limit, window: api.plan.window },
            review_policy: serde_json::to_value(&api.review_policy).unwrap_or_default(),
            request_questions: serde_json::to_value(&api.request_questions).unwrap_or_default(),
            terms_url: api.terms_url.clone(),
            state: api.state.to_string(),
            created_at: api.created_at.into(),
            updated_at: api.updated_at.into(),
        }
    }
}

/// List APIs
#[utoipa::path(get, path = "/apis", tag = "APIs", params(Paging), responses(
    (status = 200, description = "A page of APIs", body = Listed<ApiView>),
))]
async fn list(State(ctx): State<Context>, Params(paging): Params<Paging>) -> Result<Json<Listed<ApiView>>, Refusal> {
    let window = paging.window(&ctx, ApiId::PREFIX)?;
    let found = apis::list(&ctx, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(found, &window, |api: &Api| api.id.to_string())))
}

/// Create an API from an OpenAPI document
///
/// Its first version and its scopes come from the document. Every operation must name the scopes that may call it.
#[utoipa::path(post, path = "/apis", tag = "APIs", request_body = NewApi, responses(
    (status = 201, description = "The API", body = ApiView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewApi>,
) -> Result<Created<ApiView>, Refusal> {
    Ok(Created((&apis::create(&ctx, &actor, input).await?).into()))
}

/// Get an API
#[utoipa::path(get, path = "/apis/{id}", tag = "APIs", params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 200, description = "The API", body = ApiView),
))]
async fn get(State(ctx): State<Context>, Path(id): Path<ApiId>) -> Result<Json<ApiView>, Refusal> {
    Ok(Json((&apis::get(&ctx, id).await?).into()))
}

/// Change an API
///
/// What is absent stays. Retiring it ends its calls.
#[utoipa::path(patch, path = "/apis/{id}", tag = "APIs", request_body = EditApi,
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 200, description = "The API as it is now", body = ApiView),
))]
async fn edit(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApiId>,
    Body(input): Body<EditApi>,
) -> Result<Json<ApiView>, Refusal> {
    Ok(Json((&apis::edit(&ctx, &actor, id, input).await?).into()))
}
