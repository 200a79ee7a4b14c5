//! `/manage/v1/canned_replies`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::CannedReplyId;
use gatehouse_core::portal::canned_reply::CannedReply;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, NoContent, Path, Refusal};
use crate::actions::Actor;
use crate::actions::canned_replies::{self, CannedReplyChange, NewCannedReply};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, change, delete))
}

/// A text that reviewers keep ready.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CannedReply)]
pub struct CannedReplyView {
    /// `rpl_…`
    pub id: String,
    /// `question` to the developer, or reason to `decline`.
    pub kind: String,
    /// What reviewers pick it by.
    pub title: String,
    /// What stands in the box then.
    pub body: String,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
    /// Raised by each change.
    pub version: i64,
}

impl From<&CannedReply> for CannedReplyView {
    fn from(reply: &CannedReply) -> Self {
        Self {
            id: reply.id.to_string(),
            kind: reply.kind.to_string(),
            title: reply.title.clone(),
            body: reply.body.clone(),
            created_at: reply.created_at.into(),
            updated_at: reply.updated_at.into(),
            version: reply.version,
        }
    }
}

/// List canned replies
#[utoipa::path(get, path = "/canned_replies", tag = "Canned replies", responses(
    (status = 200, description = "All of them, in order of kind and title", body = Listed<CannedReplyView>),
))]
async fn list(State(ctx): State<Context>, actor: Actor) -> Result<Json<Listed<CannedReplyView>>, Refusal> {
    let replies = canned_replies::list(&ctx, &actor).await?;
    Ok(Json(Listed::whole(replies.iter().map(CannedReplyView::from))))
}

/// Keep a canned reply
///
/// Reviewers pick it on the review desk, edit it, and send it. An installation keeps 50 of each kind at most.
#[utoipa::path(post, path = "/canned_replies", tag = "Canned replies", request_body = NewCannedReply, responses(
    (status = 201, description = "The reply", body = CannedReplyView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewCannedReply>,
) -> Result<Created<CannedReplyView>, Refusal> {
    Ok(Created((&canned_replies::create(&ctx, &actor, input).await?).into()))
}

/// Get a canned reply
#[utoipa::path(get, path = "/canned_replies/{id}", tag = "Canned replies",
    params(("id" = String, Path, description = "`rpl_…`")), responses(
    (status = 200, description = "The reply", body = CannedReplyView),
))]
async fn get(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<CannedReplyId>,
) -> Result<Json<CannedReplyView>, Refusal> {
    Ok(Json((&canned_replies::get(&ctx, &actor, id).await?).into()))
}

/// Change a canned reply
#[utoipa::path(patch, path = "/canned_replies/{id}", tag = "Canned replies", request_body = CannedReplyChange,
    params(("id" = String, Path, description = "`rpl_…`")), responses(
    (status = 200, description = "The reply as it is now", body = CannedReplyView),
))]
async fn change(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<CannedReplyId>,
    Body(input): Body<CannedReplyChange>,
) -> Result<Json<CannedReplyView>, Refusal> {
    Ok(Json((&canned_replies::change(&ctx, &actor, id, input).await?).into()))
}

/// Delete a canned reply
///
/// What was sent with its help stays.
#[utoipa::path(delete, path = "/canned_replies/{id}", tag = "Canned replies",
    params(("id" = String, Path, description = "`rpl_…`")), responses(
    (status = 204, description = "It is done"),
))]
async fn delete(State(ctx): State<Context>, actor: Actor, Path(id): Path<CannedReplyId>) -> Result<NoContent, Refusal> {
    canned_replies::delete(&ctx, &actor, id).await?;
    Ok(NoContent)
}
