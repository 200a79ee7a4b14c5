//! Tells applications that a session has ended in which customers signed in to them (OpenID Connect Back-Channel Logout
//! 1.0): a message each, in the transaction that ends the session. `jobs/deliver_logouts.rs` sends them.
//!
//! A session that ends by its time is told to nobody: nobody did anything, and applications have sessions of their own.

use gatehouse_core::id::{ApplicationId, OutboxId, SessionId, UserId};
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_core::portal::application::ApplicationState;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::outbox::{self, Kind};
use gatehouse_store::{applications, session_applications};
use serde::{Deserialize, Serialize};

use crate::context::Context;

/// What a message says. Everything else of its token is made when it is sent, for tokens are short-lived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ended {
    /// Whose issuer the application knows.
    pub(crate) server: ServerId,
    /// Whom to tell.
    pub(crate) application: ApplicationId,
    /// Who signed out.
    pub(crate) user: UserId,
    /// Of where.
    pub(crate) session: SessionId,
}

/// Writes the messages of a session that ends.
pub(super) async fn write(tx: &mut Tx, ctx: &Context, user: UserId, session: SessionId) -> Result<(), DbError> {
    for (server, id) in session_applications::take(tx, session).await? {
        let found = applications::find(tx, id).await?;
        let hears = found.is_some_and(|application| {
            application.state == ApplicationState::Active && application.backchannel_logout_uri.is_some()
        });
        if !hears {
            continue;
        }
        let payload = serde_json::to_value(Ended { server, application: id, user, session });
        let payload = payload.map_err(|error| DbError::Unreadable(format!("a logout message: {error}")))?;
        let (message, now) = (OutboxId::new(ctx.now(), ctx.random()), ctx.now());
        outbox::enqueue(tx, message, (Kind::Logout, &id.to_string()), &payload, now).await?;
    }
    Ok(())
}
