//! `/manage/v1/application_changes`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApplicationChangeId, ApplicationId};
use gatehouse_core::portal::application_change::{ApplicationChange, ApplicationChangeState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Iso, Listed, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::application_changes::{self, Decision, Filter, values};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(decide)).routes(routes!(withdraw))
}

/// A change of an application that goes live once it is approved.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ProposedChange)]
pub struct ApplicationChangeView {
    /// `chg_…`
    pub id: String,
    /// What people quote: `C-…`
    pub reference: String,
    /// `app_…`
    pub application_id: String,
    /// `org_…`
    pub organization_id: String,
    /// `redirect_uris`, `post_logout_redirect_uris` or `api_user`.
    pub field: String,
    /// The value that it was proposed for: a list of addresses, or `usr_…` or null.
    pub before: Value,
    /// The one that is wanted.
    pub after: Value,
    /// `submitted`, `approved`, `declined` or `withdrawn`.
    pub state: String,
    /// `usr_…`: the member who proposed it.
    pub proposed_by: String,
    /// When.
    pub created_at: Iso,
    /// When the decision is due.
    pub due_at: Iso,
    /// `usr_…`: who decided or withdrew it; null when an operator did or a newer change took its place.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Iso>,
    /// Why it was declined.
    pub reason: Option<String>,
}

impl From<&ApplicationChange> for ApplicationChangeView {
    fn from(of: &ApplicationChange) -> Self {
        let (before, after) = values(&of.proposal);
        Self {
            id: of.id.to_string(),
            reference: of.reference.clone(),
            application_id: of.application_id.to_string(),
            organization_id: of.organization_id.to_string(),
            field: of.proposal.field().to_string(),
            before,
            after,
            state: of.state.to_string(),
            proposed_by: of.proposed_by.to_string(),
            created_at: of.created_at.into(),
            due_at: of.due_at.into(),
            decided_by: of.decided_by.map(|id| id.to_string()),
            decided_at: of.decided_at.map(Iso),
            reason: of.reason.clone(),
        }
    }
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Of this application only.
    #[param(value_type = Option<String>)]
    application_id: Option<ApplicationId>,
    /// In this state only.
    #[param(value_type = Option<String>)]
    state: Option<ApplicationChangeState>,
    /// Items on a page: 1–200, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List changes of applications
///
/// What members proposed and reviewers must see again. What an operator changes never waits.
#[utoipa::path(get, path = "/application_changes", tag = "Applications", params(ListParams), responses(
    (status = 200, description = "A page of changes", body = Listed<ApplicationChangeView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<ApplicationChangeView>>, Refusal> {
    let window = Paging::new(params.limit, params.cursor).window(&ctx, ApplicationChangeId::PREFIX)?;
    let filter = Filter {
        application: params.application_id,
        state: params.state,
        after: window.after.clone(),
        limit: window.fetch(),
    };
    let found = application_changes::list(&ctx, filter).await?;
    Ok(Json(Listed::new(found, &window, |change| change.id.to_string())))
}

/// Get a change of an application
#[utoipa::path(get, path = "/application_changes/{id}", tag = "Applications",
    params(("id" = String, Path, description = "`chg_…` or the reference `C-…`")), responses(
    (status = 200, description = "The change", body = ApplicationChangeView),
))]
async fn get(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<ApplicationChangeView>, Refusal> {
    Ok(Json((&application_changes::find(&ctx, &actor, &id).await?).into()))
}

/// Decide on a change in the name of a reviewer
///
/// What is approved is in use at once. Nobody decides on a change of their own organization.
#[utoipa::path(post, path = "/application_changes/{id}/decide", tag = "Applications", request_body = Decision,
    params(("id" = String, Path, description = "`chg_…`")), responses(
    (status = 200, description = "The change as it is now", body = ApplicationChangeView),
))]
async fn decide(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationChangeId>,
    Body(decision): Body<Decision>,
) -> Result<Json<ApplicationChangeView>, Refusal> {
    Ok(Json((&application_changes::decide(&ctx, &actor, id, decision).await?).into()))
}

/// Withdraw a change that waits
#[utoipa::path(post, path = "/application_changes/{id}/withdraw", tag = "Applications",
    params(("id" = String, Path, description = "`chg_…`")), responses(
    (status = 200, description = "The change as it is now", body = ApplicationChangeView),
))]
async fn withdraw(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationChangeId>,
) -> Result<Json<ApplicationChangeView>, Refusal> {
    Ok(Json((&application_changes::withdraw(&ctx, &actor, id).await?).into()))
}
