//! What a reviewer does before deciding: take a request, ask the developer.

use gatehouse_core::id::{AccessRequestId, MessageId};
use gatehouse_core::portal::access_request::{self, AccessRequest, Message, MessageKind, Reviewer, check_body};
use gatehouse_store::access_requests;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// Who takes a request.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
}

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

/// Gives a request to a reviewer.
pub async fn assign(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    to: Assignment,
) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        let (user, organizations) = super::reviewer(tx, &actor, to.reviewer.as_deref()).await?;
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        let after =
            access_request::assign(before.clone(), reviewer, ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.assigned", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

/// Asks the developer; the review clock stops.
pub async fn ask(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    question: Question,
) -> Result<AccessRequest, ActionError> {
    check_body(&question.text).map_err(|error| ActionError::invalid("text", error.code(), error.to_string()))?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        let (user, organizations) = super::reviewer(tx, &actor, question.reviewer.as_deref()).await?;
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        let now = ctx.now();
        let after = access_request::ask(before.clone(), reviewer, now).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.asked", (&before, &after)).await?;
        let message = Message {
            id: MessageId::new(now, ctx.random()),
            kind: MessageKind::Question,
            author_id: user.id,
            body: question.text.clone(),
            created_at: now,
        };
        access_requests::insert_message(tx, id, &message).await?;
        super::tell::asked(tx, &ctx, &after, &message.body).await?;
        Ok(after)
    })
    .await
}
