//! Lets a session go on after its user has proved who they are again, or has gained a factor. The value of its cookie is
//! new, so that one planted or stolen before gains nothing by it (CVE-2026-7507); its id stays, and with it what
//! applications hang on it.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, sessions};

use crate::actions::{ActionError, Actor, ActorKind, events};
use crate::context::Context;

/// The new value of the cookie of the actor's session: all that it takes was proved now.
pub(in crate::actions) async fn renew_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    id: SessionId,
    amr: &[AuthenticationMethod],
) -> Result<Secret, ActionError> {
    let (user, cookie) = (user(actor, id)?, mint(&ctx.secret_prefix, SecretKind::Session, ctx.random()));
    let goes_on = sessions::renew(tx, (user, id), cookie.hash(), amr, ctx.now()).await?;
    recorded(tx, (ctx, actor), (user, id), (goes_on, "session.renewed", amr)).await.map(|()| cookie)
}

/// The same where a proof was added: the user signed in when the others were given (`auth_time`, OpenID Connect Core §2).
pub(in crate::actions) async fn raise_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    id: SessionId,
    amr: &[AuthenticationMethod],
) -> Result<Secret, ActionError> {
    let (user, cookie) = (user(actor, id)?, mint(&ctx.secret_prefix, SecretKind::Session, ctx.random()));
    let goes_on = sessions::raise(tx, (user, id), cookie.hash(), amr, ctx.now()).await?;
    recorded(tx, (ctx, actor), (user, id), (goes_on, "session.raised", amr)).await.map(|()| cookie)
}

fn user(actor: &Actor, id: SessionId) -> Result<UserId, ActionError> {
    match actor.kind {
        ActorKind::User(user) => Ok(user),
        _ => Err(ActionError::not_found("session", id)),
    }
}

async fn recorded(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (user, id): (UserId, SessionId),
    (goes_on, action, amr): (bool, &'static str, &[AuthenticationMethod]),
) -> Result<(), ActionError> {
    if !goes_on {
        return Err(ActionError::not_found("session", id));
    }
    let after = serde_json::json!({ "session": id, "amr": amr });
    audit::record(tx, &events::event(ctx, actor, action, "user", user).after(after)).await?;
    Ok(())
}
