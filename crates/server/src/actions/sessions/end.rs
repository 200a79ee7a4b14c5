//! Signs browsers out. A signed-in user ends their own sessions; operators, the command line and admins anybody's.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{audit, sessions};
use serde_json::json;

use crate::actions::grants::{self, Which};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, logout_messages};
use crate::context::Context;

/// Signs one browser of a user out, and ends what was allowed to applications for as long as it is signed in.
pub async fn end(ctx: &Context, actor: &Actor, user: UserId, id: SessionId) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            check(tx, &actor, user, id).await?;
            if !sessions::end(tx, user, id, context.now()).await? {
                return Err(ActionError::not_found("session", id));
            }
            grants::end_of_session(tx, &context, id).await?;
            logout_messages::write(tx, &context, user, id).await?;
            let event = events::event(&context, &actor, "session.ended", "user", user).after(json!({ "session": id }));
            audit::record(tx, &event).await?;
            Ok(())
        })
        .await
}

/// Signs every browser of a user out but one, and ends what was allowed to applications in the others. Returns how many.
pub async fn end_others(ctx: &Context, actor: &Actor, user: UserId, keep: SessionId) -> Result<u64, ActionError> {
    end_many(ctx, actor, user, Some(keep)).await
}

/// Signs every browser of a user out, and ends everything that was allowed to applications. Returns how many.
pub async fn end_all(ctx: &Context, actor: &Actor, user: UserId) -> Result<u64, ActionError> {
    end_many(ctx, actor, user, None).await
}

async fn end_many(ctx: &Context, actor: &Actor, user: UserId, keep: Option<SessionId>) -> Result<u64, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            check(tx, &actor, user, user).await?;
            end_many_in(tx, (&context, &actor), user, keep).await
        })
        .await
}

/// Signs every browser of a user out but one, inside a transaction.
pub(in crate::actions) async fn end_others_in(
    tx: &mut Tx,
    who: (&Context, &Actor),
    user: UserId,
    keep: SessionId,
) -> Result<u64, ActionError> {
    end_many_in(tx, who, user, Some(keep)).await
}

/// Signs every browser of a user out and ends everything that was allowed to applications, inside a transaction.
pub(in crate::actions) async fn end_all_in(
    tx: &mut Tx,
    who: (&Context, &Actor),
    user: UserId,
) -> Result<u64, ActionError> {
    end_many_in(tx, who, user, None).await
}

async fn end_many_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, ActionError> {
    let ended = end_rows_in(tx, ctx, user, keep).await?;
    let which = keep.map_or(Which::All, Which::NotIn);
    let grants = grants::end_of_user(tx, ctx, user, which).await?;
    if ended > 0 || grants > 0 {
        let event = events::event(ctx, actor, "session.all_ended", "user", user)
            .after(json!({ "ended": ended, "kept": keep, "grants": grants }));
        audit::record(tx, &event).await?;
    }
    Ok(ended)
}

/// Signs every browser of a user out but one, and tells applications; for actions with events of their own. What was
/// allowed to applications is the caller's business. Returns how many.
pub(in crate::actions) async fn end_rows_in(
    tx: &mut Tx,
    ctx: &Context,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, DbError> {
    let ended = sessions::end_all(tx, user, keep, ctx.now()).await?;
    for id in &ended {
        logout_messages::write(tx, ctx, user, *id).await?;
    }
    Ok(ended.len() as u64)
}

/// Another user's sessions are no business of a user.
async fn check(tx: &mut Tx, actor: &Actor, user: UserId, asked_for: impl std::fmt::Display) -> Result<(), ActionError> {
    match actor.kind {
        ActorKind::User(id) if id == user => Ok(()),
        ActorKind::User(_) => {
            authority::admin(tx, actor).await.map_err(|_| ActionError::not_found("session", asked_for))
        }
        ActorKind::Operator(_) | ActorKind::CommandLine(_) | ActorKind::System(_) => Ok(()),
    }
}
