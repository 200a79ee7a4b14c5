//! Who is told of which step. The developer is whoever made the request, or, when they have left, every owner of the
//! organization; the reviewer is the assignee.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState, RequestedScope, ScopeDecision};
use gatehouse_core::portal::api::{Api, Plan};
use gatehouse_store::db::Tx;
use gatehouse_store::{apis, applications, organization_members, scopes, users};
use serde_json::{Value, json};

use crate::actions::ActionError;
use crate::actions::notices::{self, Notice};
use crate::context::Context;
use crate::mail::texts::Text;

/// To the developer: it was submitted.
pub(super) async fn received(tx: &mut Tx, ctx: &Context, request: &AccessRequest) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::RequestReceived, For::Developer).await?;
    to_developer(tx, ctx, request, &notice.at("due", request.due_at.unwrap_or(ctx.now()))).await
}

/// To the developer: a question.
pub(super) async fn asked(tx: &mut Tx, ctx: &Context, request: &AccessRequest, text: &str) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::QuestionAsked, For::Developer).await?;
    to_developer(tx, ctx, request, &notice.with("question", text)).await
}

/// To the reviewer: the answer.
pub(super) async fn answered(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    text: &str,
) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::AnswerReceived, For::Reviewer).await?.with("answer", text);
    to_reviewer(tx, ctx, request, &notice.at("due", request.due_at.unwrap_or(ctx.now()))).await
}

/// To the developer: what a reviewer said.
pub(super) async fn replied(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    text: &str,
) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::ReplyReceived, For::Developer).await?;
    to_developer(tx, ctx, request, &notice.with("reply", text)).await
}

/// To the reviewer: what the developer added.
pub(super) async fn added(tx: &mut Tx, ctx: &Context, request: &AccessRequest, text: &str) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::AdditionReceived, For::Reviewer).await?;
    to_reviewer(tx, ctx, request, &notice.with("addition", text)).await
}

/// To the developer: the decision, with what was approved and its limits, and why the rest was not.
pub(super) async fn decided(tx: &mut Tx, ctx: &Context, request: &AccessRequest) -> Result<(), ActionError> {
    let text = match request.state {
        AccessRequestState::Approved => Text::RequestApproved,
        AccessRequestState::PartlyApproved => Text::RequestPartlyApproved,
        _ => Text::RequestDeclined,
    };
    let titles = scopes::list_of_api(tx, request.api_id).await?;
    let listed = |decision: ScopeDecision| -> Value {
        let title = |scope: &RequestedScope| {
            let known = titles.iter().find(|known| known.id == scope.scope_id);
            known.map_or_else(|| scope.scope.clone(), |known| known.title.clone())
        };
        let one =
            |scope: &RequestedScope| json!({ "name": scope.scope, "title": title(scope), "reason": scope.reason });
        request.scopes.iter().filter(|scope| scope.decision == Some(decision)).map(one).collect()
    };
    let (portal, application) = (ctx.portal_url()?, request.application_id);
    let notice = about(tx, request, text, For::Developer)
        .await?
        .with("approved", listed(ScopeDecision::Approved))
        .with("declined", listed(ScopeDecision::Declined))
        .with("limits", limits(api(tx, request).await?.plan))
        .with("application_link", format!("{portal}/applications/{application}"));
    to_developer(tx, ctx, request, &notice).await
}

/// To the reviewer: there is nothing left to decide.
pub(super) async fn withdrawn(tx: &mut Tx, ctx: &Context, request: &AccessRequest) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::RequestWithdrawn, For::Reviewer).await?;
    to_reviewer(tx, ctx, request, &notice).await
}

/// To a reviewer: somebody has given it to them.
pub(super) async fn assigned(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    reviewer: &User,
) -> Result<(), ActionError> {
    remind(tx, ctx, request, (reviewer, Text::ReviewAssigned)).await
}

/// To a reviewer: a restricted scope has the approval of another one, and takes two.
pub(super) async fn second_approval(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    reviewer: &User,
) -> Result<(), ActionError> {
    remind(tx, ctx, request, (reviewer, Text::SecondApproval)).await
}

/// To a reviewer: half of the time is over.
pub(super) async fn half_time(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    reviewer: &User,
) -> Result<(), ActionError> {
    remind(tx, ctx, request, (reviewer, Text::ReviewHalfTime)).await
}

/// To a reviewer: all of it is.
pub(super) async fn overdue(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    reviewer: &User,
) -> Result<(), ActionError> {
    remind(tx, ctx, request, (reviewer, Text::ReviewOverdue)).await
}

/// To the developer: the question had no answer in time.
pub(super) async fn expired(tx: &mut Tx, ctx: &Context, request: &AccessRequest) -> Result<(), ActionError> {
    let notice = about(tx, request, Text::RequestExpired, For::Developer).await?;
    to_developer(tx, ctx, request, &notice).await
}

/// Whose page of the request the link opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Developer,
    Reviewer,
}

async fn about(tx: &mut Tx, request: &AccessRequest, text: Text, reader: For) -> Result<Notice, ActionError> {
    let link = match reader {
        For::Developer => format!("/requests/{}", request.reference),
        For::Reviewer => format!("/review/{}", request.reference),
    };
    let id = request.application_id;
    let application = applications::find(tx, id).await?.ok_or_else(|| ActionError::not_found("application", id))?;
    Ok(Notice::new(text, link)
        .with("reference", request.reference.as_str())
        .with("application", application.name)
        .with("api", api(tx, request).await?.name))
}

async fn remind(
    tx: &mut Tx,
    ctx: &Context,
    request: &AccessRequest,
    (reviewer, text): (&User, Text),
) -> Result<(), ActionError> {
    let assigned = request.assignee_id == Some(reviewer.id);
    let notice = about(tx, request, text, For::Reviewer).await?.with("assigned", assigned).with("what", "");
    notices::tell(tx, ctx, reviewer, &notice.at("due", request.due_at.unwrap_or(ctx.now()))).await
}

async fn api(tx: &mut Tx, request: &AccessRequest) -> Result<Api, ActionError> {
    let id = request.api_id;
    apis::find(tx, id).await?.ok_or_else(|| ActionError::not_found("API", id))
}

async fn to_developer(tx: &mut Tx, ctx: &Context, request: &AccessRequest, notice: &Notice) -> Result<(), ActionError> {
    let member = organization_members::find(tx, request.organization_id, request.created_by).await?;
    let user = if member.is_some() { users::find(tx, request.created_by).await? } else { None };
    match user.filter(User::is_active) {
        Some(user) => notices::tell(tx, ctx, &user, notice).await,
        None => notices::tell_owners(tx, ctx, request.organization_id, notice).await,
    }
}

async fn to_reviewer(tx: &mut Tx, ctx: &Context, request: &AccessRequest, notice: &Notice) -> Result<(), ActionError> {
    let Some(id): Option<UserId> = request.assignee_id else { return Ok(()) };
    match users::find(tx, id).await? {
        Some(user) => notices::tell(tx, ctx, &user, notice).await,
        None => Ok(()),
    }
}

/// `10 calls per minute`, `500 calls per 90 seconds`.
fn limits(plan: Plan) -> String {
    let window = match plan.window {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    let calls = if plan.limit == 1 { "call" } else { "calls" };
    format!("{} {calls} per {window}", plan.limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_in_words() {
        assert_eq!(limits(Plan { limit: 10, window: 60 }), "10 calls per minute");
        assert_eq!(limits(Plan { limit: 1, window: 90 }), "1 call per 90 seconds");
    }
}
