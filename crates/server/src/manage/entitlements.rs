//! `/manage/v1/applications/{id}/entitlements`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Iso, Listed, Path, Refusal};
use crate::actions::Actor;
use crate::actions::entitlements::{self, NewEntitlement, ScopeChange, Transition};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, grant))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(revoke))
        .routes(routes!(set_quota))
}

/// The standing right of an application to scopes of one API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Entitlement)]
pub struct EntitlementView {
    /// `ent_…`
    pub id: String,
    /// `app_…`
    pub application_id: String,
    /// `api_…`
    pub api_id: String,
    /// `req_…`: the request that led to it; null when an operator granted it.
    pub request_id: Option<String>,
    /// Calls per window of the API's plan; null takes the plan's own number.
    pub quota_limit: Option<i64>,
    /// Scope by scope, ended ones too.
    pub scopes: Vec<EntitledScopeView>,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
}

/// One scope of an entitlement.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EntitledScope)]
pub struct EntitledScopeView {
    /// Its name.
    pub scope: String,
    /// `active`, `suspended`, `revoked` or `expired`, as of now.
    pub state: String,
    /// Since when.
    pub granted_at: Iso,
    /// Until when.
    pub expires_at: Option<Iso>,
    /// When it ended.
    pub ended_at: Option<Iso>,
}

/// Another quota.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuotaChange {
    /// Calls per window of the API's plan; null takes the plan's own number.
    #[serde(deserialize_with = "Option::deserialize")]
    quota_limit: Option<i64>,
}

impl EntitlementView {
    /// As of `now`: what a date has ended shows as ended.
    pub fn at(entitlement: &Entitlement, now: Timestamp) -> Self {
        let scopes = entitlement.scopes.iter().map(|scope| {
            let settled = gatehouse_core::portal::entitlement::settle(scope, now);
            let scope = settled.as_ref().unwrap_or(scope);
            EntitledScopeView {
                scope: scope.scope.clone(),
                state: scope.state.to_string(),
                granted_at: scope.granted_at.into(),
                expires_at: scope.expires_at.map(Iso),
                ended_at: scope.ended_at.map(Iso),
            }
        });
        Self {
            id: entitlement.id.to_string(),
            application_id: entitlement.application_id.to_string(),
            api_id: entitlement.api_id.to_string(),
            request_id: entitlement.request_id.map(|id| id.to_string()),
            quota_limit: entitlement.quota_limit,
            scopes: scopes.collect(),
            created_at: entitlement.created_at.into(),
            updated_at: entitlement.updated_at.into(),
        }
    }
}

/// List the entitlements of an application
#[utoipa::path(get, path = "/applications/{id}/entitlements", tag = "Entitlements",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "All of them", body = Listed<EntitlementView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<Listed<EntitlementView>>, Refusal> {
    let now = ctx.now();
    let found = entitlements::list(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(|entitlement| EntitlementView::at(entitlement, now)))))
}

/// Grant scopes of an API to an application
///
/// Without an access request. An application has one entitlement per API, which grows by this.
#[utoipa::path(post, path = "/applications/{id}/entitlements", tag = "Entitlements", request_body = NewEntitlement,
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The entitlement as it is now", body = EntitlementView),
))]
async fn grant(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
    Body(input): Body<NewEntitlement>,
) -> Result<Json<EntitlementView>, Refusal> {
    let granted = entitlements::grant(&ctx, &actor, id, input).await?;
    Ok(Json(EntitlementView::at(&granted, ctx.now())))
}

/// Suspend scopes of an entitlement
///
/// All that are active unless `scopes` names some. Tokens that carry them are refused.
#[utoipa::path(post, path = "/applications/{id}/entitlements/{api}/suspend", tag = "Entitlements",
    request_body = ScopeChange,
    params(("id" = String, Path, description = "`app_…`"), ("api" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementView)))]
async fn suspend(
    State(ctx): State<Context>,
    actor: Actor,
    Path(of): Path<(ApplicationId, String)>,
    Body(which): Body<ScopeChange>,
) -> Result<Json<EntitlementView>, Refusal> {
    change(&ctx, &actor, of, Transition::Suspend, which).await
}

/// Resume suspended scopes of an entitlement
#[utoipa::path(post, path = "/applications/{id}/entitlements/{api}/resume", tag = "Entitlements",
    request_body = ScopeChange,
    params(("id" = String, Path, description = "`app_…`"), ("api" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementView)))]
async fn resume(
    State(ctx): State<Context>,
    actor: Actor,
    Path(of): Path<(ApplicationId, String)>,
    Body(which): Body<ScopeChange>,
) -> Result<Json<EntitlementView>, Refusal> {
    change(&ctx, &actor, of, Transition::Resume, which).await
}

/// Revoke scopes of an entitlement
///
/// For good: only a new grant brings them back. Tokens that carry them are refused.
#[utoipa::path(post, path = "/applications/{id}/entitlements/{api}/revoke", tag = "Entitlements",
    request_body = ScopeChange,
    params(("id" = String, Path, description = "`app_…`"), ("api" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementView)))]
async fn revoke(
    State(ctx): State<Context>,
    actor: Actor,
    Path(of): Path<(ApplicationId, String)>,
    Body(which): Body<ScopeChange>,
) -> Result<Json<EntitlementView>, Refusal> {
    change(&ctx, &actor, of, Transition::Revoke, which).await
}

/// Set the quota of an application for an API
#[utoipa::path(put, path = "/applications/{id}/entitlements/{api}/quota", tag = "Entitlements",
    request_body = QuotaChange,
    params(("id" = String, Path, description = "`app_…`"), ("api" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementView)))]
async fn set_quota(
    State(ctx): State<Context>,
    actor: Actor,
    Path(of): Path<(ApplicationId, String)>,
    Body(change): Body<QuotaChange>,
) -> Result<Json<EntitlementView>, Refusal> {
    let changed = entitlements::set_quota(&ctx, &actor, of, change.quota_limit).await?;
    Ok(Json(EntitlementView::at(&changed, ctx.now())))
}

async fn change(
    ctx: &Context,
    actor: &Actor,
    of: (ApplicationId, String),
    transition: Transition,
    which: ScopeChange,
) -> Result<Json<EntitlementView>, Refusal> {
    let changed = entitlements::change_scopes(ctx, actor, of, transition, which).await?;
    Ok(Json(EntitlementView::at(&changed, ctx.now())))
}
