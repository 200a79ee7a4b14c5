//! Somebody who is signed in proves once more who they are.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::{AuthenticationMethod, Proved};
use gatehouse_core::secret::Secret;
use gatehouse_store::users;

use super::change_password::prove;
use crate::actions::factors::ticket::{Entry, Ticket};
use crate::actions::{ActionError, Actor, factors, sessions};
use crate::context::Context;

/// The password was right once more.
#[derive(Clone)]
pub enum Again {
    /// The session's new cookie.
    Renewed(Secret),
    /// A code is wanted too; the ticket goes to the browser.
    CodeWanted(Ticket),
}

/// By the password, to which somebody with an app adds a code.
pub async fn sign_in_again(
    ctx: &Context,
    actor: &Actor,
    (user, session): (UserId, SessionId),
    current: &str,
) -> Result<Again, ActionError> {
    let hash = prove(ctx, user, current).await?;
    if let (Some(hash), true) = (&hash, factors::list(ctx, user).await?.app.is_some()) {
        return Ok(Again::CodeWanted(factors::ticket_for_code(
            user,
            Entry::Renewed(session, Proved::Everything),
            hash,
        )));
    }
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if users::password_hash(tx, user).await? != hash {
                return Err(ActionError::changed_meanwhile());
            }
            let proofs = (&[AuthenticationMethod::Password][..], Proved::Everything);
            sessions::renew_in(tx, (&context, &actor), session, proofs).await.map(Again::Renewed)
        })
        .await
}

/// For somebody who signed in by the password and whom only a code is missing; `None` for whoever has no app.
pub async fn code_alone(ctx: &Context, user: UserId, session: SessionId) -> Result<Option<Ticket>, ActionError> {
    if factors::list(ctx, user).await?.app.is_none() {
        return Ok(None);
    }
    let hash = ctx.db.read(async move |tx| users::password_hash(tx, user).await).await?;
    Ok(hash.map(|hash| factors::ticket_for_code(user, Entry::Renewed(session, Proved::OneMore), &hash)))
}
