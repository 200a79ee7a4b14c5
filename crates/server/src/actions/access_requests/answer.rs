//! The developer's answer to a question.

use gatehouse_core::id::{AccessRequestId, MessageId};
use gatehouse_core::portal::access_request::{self, AccessRequest, Message, MessageKind, check_body};
use gatehouse_store::access_requests;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// What a developer answers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// Id or e-mail address of an owner or maintainer of the application's organization.
    #[serde(default)]
    pub developer: Option<String>,
    /// The answer; the reviewers read it.
    pub text: String,
}

/// Answers the question; the review clock goes on.
pub async fn answer(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    text: NewAnswer,
) -> Result<AccessRequest, ActionError> {
    check_body(&text.text).map_err(|error| ActionError::invalid("text", error.code(), error.to_string()))?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        super::of_organization(tx, &actor, &before, Want::Change).await?;
        let user = super::developer(tx, &actor, text.developer.as_deref(), before.organization_id).await?;
        let now = ctx.now();
        let after =
            access_request::answer(before.clone(), &ctx.calendar, now).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.answered", (&before, &after)).await?;
        let message = Message {
            id: MessageId::new(now, ctx.random()),
            kind: MessageKind::Answer,
            author_id: user.id,
            body: text.text.clone(),
            created_at: now,
        };
        access_requests::insert_message(tx, id, &message).await?;
        super::tell::answered(tx, &ctx, &after, &message.body).await?;
        Ok(after)
    })
    .await
}
