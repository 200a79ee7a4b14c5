//! `/manage/v1/users/{id}/sessions`, and the mails by which a user gets back in.

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::Session;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::users::UserView;
use super::{Iso, Listed, NoContent, Path, Refusal};
use crate::actions::{Actor, accounts, sessions, users};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(end))
        .routes(routes!(end_all))
        .routes(routes!(send_verification))
        .routes(routes!(send_reset))
}

/// A browser that is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// `ses_…`
    pub id: String,
    /// When the browser signed in.
    pub created_at: Iso,
    /// Its last use, to the minute.
    pub last_seen_at: Iso,
    /// When it ends, whatever happens.
    pub expires_at: Iso,
    /// How the user proved who they are (RFC 8176).
    pub amr: Vec<String>,
    /// Network address at the sign-in.
    pub address: Option<String>,
    /// What the browser calls itself, shortened.
    pub user_agent: Option<String>,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.into(),
            last_seen_at: session.last_seen_at.into(),
            expires_at: session.expires_at.into(),
            amr: session.amr.iter().map(ToString::to_string).collect(),
            address: session.device.address.clone(),
            user_agent: session.device.user_agent.clone(),
        }
    }
}

/// List the sessions of a user
///
/// Only those that are live, the last used first.
#[utoipa::path(get, path = "/users/{id}/sessions", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "All of them", body = Listed<SessionView>),
))]
async fn list(State(ctx): State<Context>, Path(id): Path<UserId>) -> Result<Json<Listed<SessionView>>, Refusal> {
    users::get(&ctx, id).await?;
    Ok(Json(Listed::whole(sessions::list(&ctx, id).await?.iter().map(SessionView::from))))
}

/// End a session of a user
#[utoipa::path(post, path = "/users/{id}/sessions/{session_id}/end", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`"), ("session_id" = String, Path, description = "`ses_…`")),
    responses((status = 204, description = "It is ended")))]
async fn end(
    State(ctx): State<Context>,
    actor: Actor,
    Path((user, session)): Path<(UserId, SessionId)>,
) -> Result<NoContent, Refusal> {
    sessions::end(&ctx, &actor, user, session).await?;
    Ok(NoContent)
}

/// End all sessions of a user
#[utoipa::path(post, path = "/users/{id}/end_sessions", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 204, description = "They are ended"),
))]
async fn end_all(State(ctx): State<Context>, actor: Actor, Path(id): Path<UserId>) -> Result<NoContent, Refusal> {
    users::get(&ctx, id).await?;
    sessions::end_all(&ctx, &actor, id).await?;
    Ok(NoContent)
}

/// Mail a user another link to verify the address
#[utoipa::path(post, path = "/users/{id}/send_verification", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user; the mail is on its way", body = UserView),
))]
async fn send_verification(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&accounts::send_verification(&ctx, &actor, id).await?).into()))
}

/// Mail a user a link to choose a new password
#[utoipa::path(post, path = "/users/{id}/send_reset", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user; the mail is on its way", body = UserView),
))]
async fn send_reset(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&accounts::send_reset(&ctx, &actor, id).await?).into()))
}
