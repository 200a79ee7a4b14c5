//! Somebody who is signed in proves once more who they are.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_core::secret::Secret;
use gatehouse_store::users;

use super::change_password::prove;
use crate::actions::{ActionError, Actor, sessions};
use crate::context::Context;

/// By the password. Gives the session's new cookie.
pub async fn sign_in_again(
    ctx: &Context,
    actor: &Actor,
    (user, session): (UserId, SessionId),
    current: &str,
) -> Result<Secret, ActionError> {
    let hash = prove(ctx, user, current).await?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if users::password_hash(tx, user).await? != hash {
                return Err(ActionError::changed_meanwhile());
            }
            sessions::renew_in(tx, (&context, &actor), session, &[AuthenticationMethod::Password]).await
        })
        .await
}
