//! What a reviewer writes before deciding: a question to the developer, a note to the other reviewers.

use gatehouse_core::id::{AccessRequestId, MessageId, UserId};
use gatehouse_core::portal::access_request::{
    self, AccessRequest, AccessRequestState, Message, MessageKind, Reviewer, check_body,
};
use gatehouse_core::time::Timestamp;
use gatehouse_store::{access_requests, audit};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::assign::take;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// What a reviewer asks.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// The question; the developer reads it.
    pub text: String,
}

/// What a reviewer notes for the others.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// The note; the developer never sees it.
    pub text: String,
}

/// Asks the developer; the review clock stops. Who asks about a request that nobody has takes it.
pub async fn ask(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    question: Question,
) -> Result<AccessRequest, ActionError> {
    check(&question.text)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let loaded = super::load(tx, id).await?;
        let (user, organizations) = super::reviewer(tx, &actor, question.reviewer.as_deref()).await?;
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        let before = take(tx, (&ctx, &actor), loaded, reviewer).await?;
        let now = ctx.now();
        let after = access_request::ask(before.clone(), reviewer, now).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.asked", (&before, &after)).await?;
        let message = message((&ctx, now), MessageKind::Question, user.id, &question.text);
        access_requests::insert_message(tx, id, &message).await?;
        super::tell::asked(tx, &ctx, &after, &message.body).await?;
        Ok(after)
    })
    .await
}

/// Writes a note that only reviewers read. It changes nothing else, so that nobody's decision is refused for it.
pub async fn note(ctx: &Context, actor: &Actor, id: AccessRequestId, note: NewNote) -> Result<Message, ActionError> {
    check(&note.text)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let request = super::load(tx, id).await?;
        let (user, organizations) = super::reviewer(tx, &actor, note.reviewer.as_deref()).await?;
        if request.state == AccessRequestState::Draft {
            return Err(ActionError::not_found("access request", id));
        }
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        access_request::ensure_foreign(&request, reviewer).map_err(|error| super::refused(&error))?;
        let message = message((&ctx, ctx.now()), MessageKind::Note, user.id, &note.text);
        access_requests::insert_message(tx, id, &message).await?;
        let event = event(&ctx, &actor, "access_request.noted", "access_request", id)
            .after(json!({ "message_id": message.id }));
        audit::record(tx, &event).await?;
        Ok(message)
    })
    .await
}

pub(super) fn check(text: &str) -> Result<(), ActionError> {
    check_body(text).map_err(|error| ActionError::invalid("text", error.code(), error.to_string()))
}

pub(super) fn message((ctx, now): (&Context, Timestamp), kind: MessageKind, author_id: UserId, text: &str) -> Message {
    Message { id: MessageId::new(now, ctx.random()), kind, author_id, body: text.to_owned(), created_at: now }
}
