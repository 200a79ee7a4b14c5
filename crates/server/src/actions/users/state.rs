//! Takes a user's way in away, and gives it back.

use gatehouse_core::id::{RevocationId, UserId};
use gatehouse_core::identity::user::{User, UserError};
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, revocations};
use serde_json::json;

use super::edit::{keep_an_admin, save};
use super::find;
use crate::actions::grants::{self, Which};
use crate::actions::{ActionError, Actor, authority, events, sessions};
use crate::context::Context;

/// Disables a user. Everything given out in the user's name is refused from this moment on; enabling later gives none
/// of it back.
pub async fn disable(ctx: &Context, actor: &Actor, id: UserId) -> Result<User, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let user = find(tx, id).await?;
            keep_an_admin(tx, &user).await?;
            let now = context.now();
            let changed = user.disable(now).map_err(refused)?;
            let predicate = Predicate::User { user_id: id };
            let revocation = Revocation::new(RevocationId::new(now, context.random()), predicate, now);
            revocations::insert(tx, &revocation).await?;
            sessions::end_rows_in(tx, &context, id, None).await?;
            // Tokens of applications that know the user by a subject of their own do not name the user.
            grants::end_of_user(tx, &context, id, Which::All).await?;
            record(tx, &context, &actor, "user.disabled", (&user, &changed)).await?;
            Ok(changed)
        })
        .await
}

/// Lets a disabled user in again.
pub async fn enable(ctx: &Context, actor: &Actor, id: UserId) -> Result<User, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let user = find(tx, id).await?;
            let changed = user.enable(context.now()).map_err(refused)?;
            record(tx, &context, &actor, "user.enabled", (&user, &changed)).await?;
            Ok(changed)
        })
        .await
}

async fn record(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    action: &'static str,
    (before, after): (&User, &User),
) -> Result<(), ActionError> {
    save(tx, after).await?;
    let event = events::event(ctx, actor, action, "user", after.id)
        .before(json!({"state": before.state}))
        .after(json!({"state": after.state}));
    audit::record(tx, &event).await?;
    Ok(())
}

fn refused(error: UserError) -> ActionError {
    ActionError::conflict("wrong_state", error.to_string())
}
