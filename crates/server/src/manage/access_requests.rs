//! `/manage/v1/access_requests`

mod outcome;
mod together;
mod view;

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{AccessRequestId, ApplicationId};
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState};
use gatehouse_store::access_requests::queue::Assignee;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::outcome::OutcomeView;
pub use self::view::{AccessRequestView, MessageView, RequestedScopeView};
use super::{Body, Created, Listed, Paging, Params, Path, Refusal};
use crate::actions::access_requests::{
    self, Addition, Applied, Apply, Assignment, Decision, Filter, NewAnswer, NewNote, NewReply, NewRequest, Question,
    Submission,
};
use crate::actions::{ActionError, Actor};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(apply))
        .routes(routes!(get))
        .routes(routes!(list_messages))
        .routes(routes!(submit))
        .routes(routes!(withdraw))
        .routes(routes!(assign))
        .routes(routes!(unassign))
        .routes(routes!(ask))
        .routes(routes!(note))
        .routes(routes!(answer))
        .routes(routes!(reply))
        .routes(routes!(add))
        .routes(routes!(decide))
        .merge(together::routes())
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Of this application only.
    #[param(value_type = Option<String>)]
    application_id: Option<ApplicationId>,
    /// In this state only.
    #[param(value_type = Option<String>)]
    state: Option<AccessRequestState>,
    /// For this API only, by id or slug.
    api: Option<String>,
    /// Of this reviewer only (`usr_…`), or of `nobody`.
    #[param(value_type = Option<String>)]
    assignee: Option<Assignee>,
    /// Overdue ones only.
    #[serde(default)]
    #[param(required = false)]
    overdue: bool,
    /// Items on a page: 1–200, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List access requests
#[utoipa::path(get, path = "/access_requests", tag = "Access requests", params(ListParams), responses(
    (status = 200, description = "A page of requests", body = Listed<AccessRequestView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<AccessRequestView>>, Refusal> {
    let window = Paging::new(params.limit, params.cursor).window(&ctx, AccessRequestId::PREFIX)?;
    let filter = Filter {
        application: params.application_id,
        state: params.state,
        api: params.api,
        assignee: params.assignee,
        overdue: params.overdue,
        after: window.after.clone(),
        limit: window.fetch(),
    };
    let now = ctx.now();
    let found = access_requests::list(&ctx, filter).await?;
    let found = found.into_iter().map(|request| (request, now)).collect();
    Ok(Json(Listed::new(found, &window, |(request, _): &(AccessRequest, _)| request.id.to_string())))
}

/// Begin an access request
///
/// A draft in the name of a developer of the application's organization. Submit it next.
#[utoipa::path(post, path = "/access_requests", tag = "Access requests", request_body = NewRequest, responses(
    (status = 201, description = "The draft", body = AccessRequestView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewRequest>,
) -> Result<Created<AccessRequestView>, Refusal> {
    let made = access_requests::create(&ctx, &actor, input).await?;
    Ok(Created(AccessRequestView::at(&made, ctx.now())))
}

/// Ask for access in one step
///
/// Makes the application and its organization if they are new, the request, and submits it: all of it or nothing. What
/// the policy of the API approves or declines is decided at once.
#[utoipa::path(post, path = "/access_requests/apply", tag = "Access requests", request_body = Apply, responses(
    (status = 201, description = "The request", body = AccessRequestView),
    (status = 200, description = "The request that was made under this idempotency key before", body = AccessRequestView),
))]
async fn apply(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<Apply>,
) -> Result<(StatusCode, Json<AccessRequestView>), Refusal> {
    let (status, request) = match access_requests::apply(&ctx, &actor, input).await? {
        Applied::Made(request) => (StatusCode::CREATED, request),
        Applied::MadeBefore(request) => (StatusCode::OK, request),
    };
    Ok((status, Json(AccessRequestView::at(&request, ctx.now()))))
}

/// Get an access request
#[utoipa::path(get, path = "/access_requests/{id}", tag = "Access requests",
    params(("id" = String, Path, description = "`req_…` or the reference `R-…`")), responses(
    (status = 200, description = "The request", body = AccessRequestView),
))]
async fn get(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<AccessRequestView>, Refusal> {
    let found = access_requests::find(&ctx, &actor, &id).await;
    shown(&ctx, found)
}

/// List the messages of an access request
#[utoipa::path(get, path = "/access_requests/{id}/messages", tag = "Access requests",
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "All of them, oldest first", body = Listed<MessageView>),
))]
async fn list_messages(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
) -> Result<Json<Listed<MessageView>>, Refusal> {
    let found = access_requests::thread(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(MessageView::from))))
}

/// Submit a draft
///
/// The reviewers have it now; the decision is due within two business days. What the policy of the API approves is
/// decided at once. The body may be left out.
#[utoipa::path(post, path = "/access_requests/{id}/submit", tag = "Access requests",
    params(("id" = String, Path, description = "`req_…`")), request_body = Option<Submission>, responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn submit(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    body: Option<Body<Submission>>,
) -> Result<Json<AccessRequestView>, Refusal> {
    let submission = body.map(|Body(submission)| submission).unwrap_or_default();
    shown(&ctx, access_requests::submit(&ctx, &actor, id, submission).await)
}

/// Withdraw an open request
#[utoipa::path(post, path = "/access_requests/{id}/withdraw", tag = "Access requests",
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn withdraw(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
) -> Result<Json<AccessRequestView>, Refusal> {
    shown(&ctx, access_requests::withdraw(&ctx, &actor, id).await)
}

/// Assign a request to a reviewer
#[utoipa::path(post, path = "/access_requests/{id}/assign", tag = "Access requests", request_body = Assignment,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn assign(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(to): Body<Assignment>,
) -> Result<Json<AccessRequestView>, Refusal> {
    shown(&ctx, access_requests::assign(&ctx, &actor, id, to).await)
}

/// Give a request back
///
/// Nobody has it any more; any reviewer may take it.
#[utoipa::path(post, path = "/access_requests/{id}/unassign", tag = "Access requests",
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn unassign(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
) -> Result<Json<AccessRequestView>, Refusal> {
    shown(&ctx, access_requests::unassign(&ctx, &actor, id).await)
}

/// Write a note for reviewers
///
/// The developer never sees it.
#[utoipa::path(post, path = "/access_requests/{id}/notes", tag = "Access requests", request_body = NewNote,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 201, description = "The note", body = MessageView),
))]
async fn note(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(note): Body<NewNote>,
) -> Result<Created<MessageView>, Refusal> {
    let message = access_requests::note(&ctx, &actor, id, note).await?;
    Ok(Created(MessageView::from(&message)))
}

/// Ask the developer
///
/// The review clock stands still until the answer. A question unanswered for 30 days ends the request.
#[utoipa::path(post, path = "/access_requests/{id}/ask", tag = "Access requests", request_body = Question,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn ask(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(question): Body<Question>,
) -> Result<Json<AccessRequestView>, Refusal> {
    shown(&ctx, access_requests::ask(&ctx, &actor, id, question).await)
}

/// Answer a question in the name of a developer
#[utoipa::path(post, path = "/access_requests/{id}/answer", tag = "Access requests", request_body = NewAnswer,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn answer(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(text): Body<NewAnswer>,
) -> Result<Json<AccessRequestView>, Refusal> {
    shown(&ctx, access_requests::answer(&ctx, &actor, id, text).await)
}

/// Tell the developer something in the name of a reviewer
///
/// The request and its clock stay as they are; an answer is not waited for.
#[utoipa::path(post, path = "/access_requests/{id}/reply", tag = "Access requests", request_body = NewReply,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 201, description = "The message", body = MessageView),
))]
async fn reply(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(reply): Body<NewReply>,
) -> Result<Created<MessageView>, Refusal> {
    let message = access_requests::reply(&ctx, &actor, id, reply).await?;
    Ok(Created(MessageView::from(&message)))
}

/// Add something to a request in the name of a developer
///
/// While nothing is decided; whoever reviews it is told.
#[utoipa::path(post, path = "/access_requests/{id}/add", tag = "Access requests", request_body = Addition,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 201, description = "The message", body = MessageView),
))]
async fn add(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(addition): Body<Addition>,
) -> Result<Created<MessageView>, Refusal> {
    let message = access_requests::add(&ctx, &actor, id, addition).await?;
    Ok(Created(MessageView::from(&message)))
}

/// Decide on scopes of a request in the name of a reviewer
///
/// The request ends with its last open scope; what was approved is granted then. A restricted scope needs two different
/// approvers. Nobody decides on a request of their own organization.
#[utoipa::path(post, path = "/access_requests/{id}/decide", tag = "Access requests", request_body = Decision,
    params(("id" = String, Path, description = "`req_…`")), responses(
    (status = 200, description = "The request as it is now", body = AccessRequestView),
))]
async fn decide(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<AccessRequestId>,
    Body(decision): Body<Decision>,
) -> Result<Json<AccessRequestView>, Refusal> {
    shown(&ctx, access_requests::decide(&ctx, &actor, id, decision).await)
}

fn shown(ctx: &Context, done: Result<AccessRequest, ActionError>) -> Result<Json<AccessRequestView>, Refusal> {
    Ok(Json(AccessRequestView::at(&done?, ctx.now())))
}
