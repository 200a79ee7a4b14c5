//! Texts that reviewers keep ready, for the whole installation.

use gatehouse_core::id::CannedReplyId;
use gatehouse_core::portal::access_request::check_body;
use gatehouse_core::portal::canned_reply::{CannedReply, MOST, ReplyKind};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, canned_replies};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::{self, Fields};
use super::{ActionError, Actor, FieldError, authority, events};
use crate::context::Context;

/// A reply to be kept.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCannedReply {
    /// `question` to the developer, or reason to `decline`.
    #[schema(value_type = String)]
    pub kind: ReplyKind,
    /// What reviewers pick it by.
    pub title: String,
    /// What stands in the box then; reviewers edit it before they send it.
    pub body: String,
}

/// Another title or text.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedReplyChange {
    /// What reviewers pick it by.
    #[serde(default)]
    pub title: Option<String>,
    /// What stands in the box then.
    #[serde(default)]
    pub body: Option<String>,
    /// The version that the change was made from: when the reply has changed since, the change is refused.
    #[serde(default)]
    pub version: Option<i64>,
}

/// All of them, in order of kind and title; for reviewers.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<CannedReply>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            authority::reviewer(tx, &actor).await?;
            Ok(canned_replies::list(tx).await?)
        })
        .await
}

/// One of them.
pub async fn get(ctx: &Context, actor: &Actor, id: CannedReplyId) -> Result<CannedReply, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            authority::reviewer(tx, &actor).await?;
            find(tx, id).await
        })
        .await
}

/// Keeps another one.
pub async fn create(ctx: &Context, actor: &Actor, input: NewCannedReply) -> Result<CannedReply, ActionError> {
    let mut fields = Fields::default();
    let title = fields.take(fields::display_name("title", &input.title));
    let body = fields.take(body(&input.body));
    let (Some(title), Some(body)) = (title, body) else { return Err(fields.refused()) };
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        let same = canned_replies::list(tx).await?.iter().filter(|reply| reply.kind == input.kind).count();
        if same >= MOST {
            let message = format!("there are {MOST} of this kind, which is the most: delete one first");
            return Err(ActionError::conflict("too_many_replies", message));
        }
        let now = ctx.now();
        let reply = CannedReply {
            id: CannedReplyId::new(now, ctx.random()),
            kind: input.kind,
            title: title.clone(),
            body: body.clone(),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        canned_replies::insert(tx, &reply).await?;
        let event = events::event(&ctx, &actor, "canned_reply.created", "canned_reply", reply.id).after(values(&reply));
        audit::record(tx, &event).await?;
        Ok(reply)
    })
    .await
}

/// Changes one.
pub async fn change(
    ctx: &Context,
    actor: &Actor,
    id: CannedReplyId,
    input: CannedReplyChange,
) -> Result<CannedReply, ActionError> {
    let mut fields = Fields::default();
    let title = input.title.as_ref().map(|title| fields.take(fields::display_name("title", title)));
    let text = input.body.as_ref().map(|text| fields.take(body(text)));
    fields.finish()?;
    let (title, text) = (title.flatten(), text.flatten());
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        let before = find(tx, id).await?;
        if input.version.is_some_and(|version| version != before.version) {
            return Err(ActionError::changed_meanwhile());
        }
        let after = CannedReply {
            title: title.clone().unwrap_or_else(|| before.title.clone()),
            body: text.clone().unwrap_or_else(|| before.body.clone()),
            updated_at: ctx.now(),
            version: before.version + 1,
            ..before.clone()
        };
        if !canned_replies::save(tx, &after).await? {
            return Err(ActionError::changed_meanwhile());
        }
        let event = events::event(&ctx, &actor, "canned_reply.changed", "canned_reply", id)
            .before(values(&before))
            .after(values(&after));
        audit::record(tx, &event).await?;
        Ok(after)
    })
    .await
}

/// Deletes one. What was sent with its help stays.
pub async fn delete(ctx: &Context, actor: &Actor, id: CannedReplyId) -> Result<(), ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        let before = find(tx, id).await?;
        if !canned_replies::delete(tx, id).await? {
            return Err(missing(id));
        }
        let event = events::event(&ctx, &actor, "canned_reply.deleted", "canned_reply", id).before(values(&before));
        Ok(audit::record(tx, &event).await?)
    })
    .await
}

async fn find(tx: &mut Tx, id: CannedReplyId) -> Result<CannedReply, ActionError> {
    canned_replies::find(tx, id).await?.ok_or_else(|| missing(id))
}

fn missing(id: CannedReplyId) -> ActionError {
    ActionError::not_found("canned reply", id)
}

fn body(text: &str) -> Result<String, FieldError> {
    // Forms send line ends as CR LF.
    let text = text.replace("\r\n", "\n");
    check_body(&text).map_err(|error| FieldError::new("body", error.code(), error.to_string()))?;
    Ok(text)
}

fn values(reply: &CannedReply) -> Value {
    json!({ "kind": reply.kind, "title": reply.title, "body": reply.body })
}
