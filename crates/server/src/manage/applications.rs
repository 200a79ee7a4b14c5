//! `/manage/v1/applications`

mod view;

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApplicationId, OrganizationId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::view::ApplicationView;
use super::{Body, Created, Listed, NoContent, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::applications::{self, ApplicationChange, Filter, NewApplication, Transfer};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, delete))
        .routes(routes!(suspend))
        .routes(routes!(reactivate))
        .routes(routes!(set_api_user))
        .routes(routes!(transfer))
}

/// Which applications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Of this organization only.
    #[param(value_type = Option<String>)]
    organization_id: Option<OrganizationId>,
    /// Items on a page: 1–200, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Another API user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApiUserChange {
    /// Id or e-mail address of a verified member of the application's organization; null takes the API user away.
    #[serde(deserialize_with = "Option::deserialize")]
    user: Option<String>,
}

/// List applications
#[utoipa::path(get, path = "/applications", tag = "Applications", params(ListParams), responses(
    (status = 200, description = "A page of applications", body = Listed<ApplicationView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<ApplicationView>>, Refusal> {
    let window = Paging::new(params.limit, params.cursor).window(&ctx, ApplicationId::PREFIX)?;
    let filter = Filter { organization: params.organization_id, after: window.after.clone(), limit: window.fetch() };
    let found = applications::list(&ctx, filter).await?;
    Ok(Json(Listed::new(found, &window, |application| application.id.to_string())))
}

/// Create an application
///
/// It may do nothing before scopes are granted to it.
#[utoipa::path(post, path = "/applications", tag = "Applications", request_body = NewApplication, responses(
    (status = 201, description = "The application", body = ApplicationView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewApplication>,
) -> Result<Created<ApplicationView>, Refusal> {
    Ok(Created((&applications::create(&ctx, &actor, input).await?).into()))
}

/// Get an application
#[utoipa::path(get, path = "/applications/{id}", tag = "Applications",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The application", body = ApplicationView),
))]
async fn get(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationView>, Refusal> {
    Ok(Json((&applications::find(&ctx, &actor, id).await?).into()))
}

/// Change an application
///
/// What is absent stays; null empties a field that may be empty.
#[utoipa::path(patch, path = "/applications/{id}", tag = "Applications", request_body = ApplicationChange,
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The application as it is now", body = ApplicationView),
))]
async fn change(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
    Body(input): Body<ApplicationChange>,
) -> Result<Json<ApplicationView>, Refusal> {
    Ok(Json((&applications::change(&ctx, &actor, id, input).await?).into()))
}

/// Delete an application
///
/// For good: its tokens are refused, its open requests withdrawn, its client id is never used again.
#[utoipa::path(delete, path = "/applications/{id}", tag = "Applications",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 204, description = "It is deleted"),
))]
async fn delete(State(ctx): State<Context>, actor: Actor, Path(id): Path<ApplicationId>) -> Result<NoContent, Refusal> {
    applications::delete(&ctx, &actor, id).await?;
    Ok(NoContent)
}

/// Suspend an application
///
/// It gets no tokens, and those that it has are refused, until it is reactivated.
#[utoipa::path(post, path = "/applications/{id}/suspend", tag = "Applications",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The application as it is now", body = ApplicationView),
))]
async fn suspend(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationView>, Refusal> {
    Ok(Json((&applications::suspend(&ctx, &actor, id).await?).into()))
}

/// Reactivate a suspended application
///
/// Tokens from before its suspension stay refused.
#[utoipa::path(post, path = "/applications/{id}/reactivate", tag = "Applications",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The application as it is now", body = ApplicationView),
))]
async fn reactivate(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationView>, Refusal> {
    Ok(Json((&applications::reactivate(&ctx, &actor, id).await?).into()))
}

/// Set the API user of an application
///
/// Its workspaces are what the application's client-credentials tokens see.
#[utoipa::path(put, path = "/applications/{id}/api_user", tag = "Applications", request_body = ApiUserChange,
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The application as it is now", body = ApplicationView),
))]
async fn set_api_user(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
    Body(input): Body<ApiUserChange>,
) -> Result<Json<ApplicationView>, Refusal> {
    Ok(Json((&applications::set_api_user(&ctx, &actor, id, input.user).await?).into()))
}

/// Transfer an application to another organization
///
/// Client id, secrets and access stay. An API user who is no verified member of the new organization is taken away.
/// Refused while an access request is open or a change waits for its review.
#[utoipa::path(post, path = "/applications/{id}/transfer", tag = "Applications", request_body = Transfer,
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The application as it is now", body = ApplicationView),
))]
async fn transfer(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
    Body(input): Body<Transfer>,
) -> Result<Json<ApplicationView>, Refusal> {
    Ok(Json((&applications::transfer(&ctx, &actor, id, input).await?).into()))
}
