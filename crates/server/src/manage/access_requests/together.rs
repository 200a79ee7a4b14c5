//! The same for several access requests at once.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::OutcomeView;
use crate::actions::access_requests::{self, Assignments, Decisions, Outcome};
use crate::actions::{ActionError, Actor};
use crate::context::Context;
use crate::manage::{Body, Listed, Refusal};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(assign_all)).routes(routes!(decide_all))
}

/// Assign several requests to a reviewer
///
/// One after the other; what became of each is told in the order of the call.
#[utoipa::path(post, path = "/access_requests/assign_all", tag = "Access requests", request_body = Assignments,
    responses(
    (status = 200, description = "What became of each", body = Listed<OutcomeView>),
))]
async fn assign_all(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<Assignments>,
) -> Result<Json<Listed<OutcomeView>>, Refusal> {
    outcomes(&ctx, access_requests::assign_all(&ctx, &actor, input).await)
}

/// Decide the same about several requests in the name of a reviewer
///
/// They ask for the same scopes of one API, or nothing is decided. Each is decided as by itself, one after the other;
/// what became of each is told in the order of the call.
#[utoipa::path(post, path = "/access_requests/decide_all", tag = "Access requests", request_body = Decisions,
    responses(
    (status = 200, description = "What became of each", body = Listed<OutcomeView>),
))]
async fn decide_all(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<Decisions>,
) -> Result<Json<Listed<OutcomeView>>, Refusal> {
    outcomes(&ctx, access_requests::decide_all(&ctx, &actor, input).await)
}

fn outcomes(ctx: &Context, done: Result<Vec<Outcome>, ActionError>) -> Result<Json<Listed<OutcomeView>>, Refusal> {
    Ok(Json(Listed::whole(done?.into_iter().map(|outcome| OutcomeView::at(outcome, ctx.now())))))
}
