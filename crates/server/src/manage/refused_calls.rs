//! `/manage/v1/applications/{id}/refused_calls`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::ApplicationId;
use gatehouse_store::refused_calls::RefusedCall;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Iso, Listed, Path, Refusal};
use crate::actions::{Actor, applications};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A call or token request that was refused, or a call that the API answered with an error.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RefusedCall)]
pub struct RefusedCallView {
    /// The request, `rid_…`, as the caller was told it.
    pub id: String,
    /// When.
    pub at: Iso,
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What was answered; 0 when the application did not answer a message of ours.
    pub status: i64,
    /// The stable word of the answer.
    pub code: String,
    /// The whole reason in sentences.
    pub reason: String,
    /// Whether the caller had only named the client id, which is public, and proved nothing.
    pub claimed: bool,
    /// Whether the gate let the call through and the API answered with an error.
    pub passed_on: bool,
}

impl From<&RefusedCall> for RefusedCallView {
    fn from(call: &RefusedCall) -> Self {
        Self {
            id: call.id.to_string(),
            at: call.at.into(),
            method: call.method.clone(),
            path: call.path.clone(),
            status: call.status,
            code: call.code.clone(),
            reason: call.reason.clone(),
            claimed: call.claimed,
            passed_on: call.passed_on,
        }
    }
}

/// List the refused calls of an application
///
/// The last 100, the last 20 of those whose caller had only named the application, and the last 20 that the gate let
/// through and the API answered with an error; the newest first.
#[utoipa::path(get, path = "/applications/{id}/refused_calls", tag = "Applications",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "The newest first", body = Listed<RefusedCallView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<Listed<RefusedCallView>>, Refusal> {
    let found = applications::refused_calls(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(RefusedCallView::from))))
}
