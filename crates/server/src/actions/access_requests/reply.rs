//! What one side tells the other while nothing is decided, without a question: the request and its clock stay as they are.

use gatehouse_core::id::{AccessRequestId, UserId};
use gatehouse_core::portal::access_request::{self, AccessRequest, Message, MessageKind, Reviewer};
use gatehouse_store::db::Tx;
use gatehouse_store::{access_requests, audit};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::review::{check, message};
use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// Messages of one request, after which there are no more replies: each is a mail to somebody.
const MOST_MESSAGES: usize = 100;

/// What a reviewer tells the developer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// The reply; the developer reads it.
    pub text: String,
}

/// What a developer adds.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Addition {
    /// Id or e-mail address of an owner or maintainer of the application's organization.
    #[serde(default)]
    pub developer: Option<String>,
    /// What is added; the reviewers read it.
    pub text: String,
}

/// Tells the developer something; an answer is not waited for.
pub async fn reply(ctx: &Context, actor: &Actor, id: AccessRequestId, reply: NewReply) -> Result<Message, ActionError> {
    check(&reply.text)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let request = super::load(tx, id).await?;
        let (user, organizations) = super::reviewer(tx, &actor, reply.reviewer.as_deref()).await?;
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        access_request::ensure_foreign(&request, reviewer).map_err(|error| super::refused(&error))?;
        let said = say(tx, (&ctx, &actor), &request, (user.id, &reply.text)).await?;
        super::tell::replied(tx, &ctx, &request, &said.body).await?;
        Ok(said)
    })
    .await
}

/// Adds something to a request that waits; whoever reviews it is told.
pub async fn add(ctx: &Context, actor: &Actor, id: AccessRequestId, text: Addition) -> Result<Message, ActionError> {
    check(&text.text)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let request = super::load(tx, id).await?;
        super::of_organization(tx, &actor, &request, Want::Change).await?;
        let user = super::developer(tx, &actor, text.developer.as_deref(), request.organization_id).await?;
        let said = say(tx, (&ctx, &actor), &request, (user.id, &text.text)).await?;
        super::tell::added(tx, &ctx, &request, &said.body).await?;
        Ok(said)
    })
    .await
}

async fn say(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    request: &AccessRequest,
    (author, text): (UserId, &str),
) -> Result<Message, ActionError> {
    let state = request.state_at(ctx.now());
    if !state.is_under_review() {
        let text = format!("the request is {state}: there is nobody to read a reply");
        return Err(ActionError::conflict("request_state", text));
    }
    if access_requests::messages(tx, request.id).await?.len() >= MOST_MESSAGES {
        let text = format!("a request has at most {MOST_MESSAGES} messages: wait for the decision");
        return Err(ActionError::conflict("too_many_messages", text));
    }
    let said = message((ctx, ctx.now()), MessageKind::Reply, author, text);
    access_requests::insert_message(tx, request.id, &said).await?;
    let event = event(ctx, actor, "access_request.replied", "access_request", request.id)
        .after(json!({ "message_id": said.id }));
    audit::record(tx, &event).await?;
    Ok(said)
}
