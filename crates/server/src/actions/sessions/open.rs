//! Signs a browser in. The value of its cookie is new each time.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::{AuthenticationMethod, Device, Session};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, sessions, users};

use super::notice_new::notice_new;
use crate::actions::{ActionError, Actor, events};
use crate::context::Context;

/// A new session.
#[derive(Clone, Debug)]
pub struct Opened {
    /// As stored.
    pub session: Session,
    /// The value of the cookie, known to nobody else.
    pub cookie: Secret,
}

/// Signs a user in who has just proved who they are by `amr`.
pub async fn open(
    ctx: &Context,
    actor: &Actor,
    user: UserId,
    (amr, device): (Vec<AuthenticationMethod>, Device),
) -> Result<Opened, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db.write(async move |tx| open_in(tx, (&context, &actor), user, (&amr, &device)).await).await
}

/// The same inside a transaction, for what signs in and does more.
pub(in crate::actions) async fn open_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: UserId,
    (amr, device): (&[AuthenticationMethod], &Device),
) -> Result<Opened, ActionError> {
    let Some(known) = users::find(tx, user).await?.filter(User::is_active) else {
        return Err(ActionError::not_found("user", user));
    };
    let now = ctx.now();
    let session = Session::new(SessionId::new(now, ctx.random()), user, amr.to_vec(), device.clone(), now);
    let cookie = mint(&ctx.secret_prefix, SecretKind::Session, ctx.random());
    sessions::insert(tx, &session, cookie.hash()).await?;
    let event = events::event(ctx, actor, "session.opened", "user", user)
        .after(serde_json::json!({ "session": session.id, "amr": amr }));
    audit::record(tx, &event).await?;
    notice_new(tx, ctx, &known, &session).await?;
    Ok(Opened { session, cookie })
}
