//! Changes of a user that are one field each.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::{Role, User, UserState, is_time_zone_name};
use gatehouse_store::audit;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::users;
use serde_json::json;

use super::find;
use crate::actions::{ActionError, Actor, ActorKind, FieldError, authority, events};
use crate::context::Context;

/// Gives a user another role in the installation. The last admin stays one.
pub async fn set_role(ctx: &Context, actor: &Actor, id: UserId, role: Role) -> Result<User, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let user = find(tx, id).await?;
            if user.role == role {
                return Ok(user);
            }
            keep_an_admin(tx, &user).await?;
            let changed = user.with_role(role, context.now());
            save(tx, &changed).await?;
            let event = events::event(&context, &actor, "user.role_changed", "user", id)
                .before(json!({"role": user.role}))
                .after(json!({"role": role}));
            audit::record(tx, &event).await?;
            Ok(changed)
        })
        .await
}

/// Sets in which time zone a user is shown times.
pub async fn set_time_zone(ctx: &Context, actor: &Actor, id: UserId, zone: &str) -> Result<User, ActionError> {
    let zone = time_zone(zone).map_err(|error| ActionError::Invalid(vec![error]))?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if actor.kind != ActorKind::User(id) {
                authority::admin(tx, &actor).await?;
            }
            let user = find(tx, id).await?;
            let (updated_at, version) = (context.now(), user.version + 1);
            let changed = User { time_zone: zone.clone(), updated_at, version, ..user.clone() };
            save(tx, &changed).await?;
            let event = events::event(&context, &actor, "user.time_zone_changed", "user", id)
                .before(json!({"time_zone": user.time_zone}))
                .after(json!({"time_zone": zone}));
            audit::record(tx, &event).await?;
            Ok(changed)
        })
        .await
}

/// Writes a changed user and tells the data plane.
pub(in crate::actions) async fn save(tx: &mut Tx, user: &User) -> Result<(), ActionError> {
    if !users::save(tx, user).await? {
        return Err(ActionError::changed_meanwhile());
    }
    tx.change(Topic::User, user.id.to_string());
    Ok(())
}

/// Refuses what would leave nobody who can operate the installation from a screen.
pub(super) async fn keep_an_admin(tx: &mut Tx, leaving: &User) -> Result<(), ActionError> {
    let is_admin = leaving.role == Role::Admin && leaving.state == UserState::Active;
    if is_admin && users::count_active_admins(tx).await? == 1 {
        let message = "this is the last active admin: make another user an admin first";
        return Err(ActionError::conflict("last_admin", message));
    }
    Ok(())
}

/// A time zone that the database of zones knows.
pub(in crate::actions) fn time_zone(text: &str) -> Result<String, FieldError> {
    let known = is_time_zone_name(text) && jiff::tz::TimeZone::get(text).is_ok();
    let message = "must be the IANA name of a time zone, such as Europe/Berlin";
    if known { Ok(text.to_owned()) } else { Err(FieldError::new("time_zone", "invalid", message)) }
}
