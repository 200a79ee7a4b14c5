//! Lets a session go on after its user has proved who they are again, or has gained a factor. The value of its cookie is
//! new, so that one planted or stolen before gains nothing by it (CVE-2026-7507); its id stays, and with it what
//! applications hang on it.

use gatehouse_core::id::SessionId;
use gatehouse_core::identity::session::{AuthenticationMethod, Proved};
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, sessions};

use crate::actions::{ActionError, Actor, ActorKind, events};
use crate::context::Context;

/// The new value of the cookie of the actor's session.
pub(in crate::actions) async fn renew_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    id: SessionId,
    (amr, proved): (&[AuthenticationMethod], Proved),
) -> Result<Secret, ActionError> {
    let ActorKind::User(user) = actor.kind else { return Err(ActionError::not_found("session", id)) };
    let cookie = mint(&ctx.secret_prefix, SecretKind::Session, ctx.random());
    if !sessions::renew(tx, (user, id), cookie.hash(), (amr, proved), ctx.now()).await? {
        return Err(ActionError::not_found("session", id));
    }
    let action = match proved {
        Proved::Everything => "session.renewed",
        Proved::OneMore => "session.raised",
    };
    let after = serde_json::json!({ "session": id, "amr": amr });
    audit::record(tx, &events::event(ctx, actor, action, "user", user).after(after)).await?;
    Ok(cookie)
}
