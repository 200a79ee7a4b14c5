//! How a user appears to others, and in which time zone they read.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::User;
use gatehouse_store::audit;
use serde_json::json;

use crate::actions::fields::{self, Fields};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, users};
use crate::context::Context;

/// What users change about themselves.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// As other people see it.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
}

/// Changes name and time zone.
pub async fn edit_profile(
    ctx: &Context,
    actor: &Actor,
    id: UserId,
    input: &ProfileChange,
) -> Result<User, ActionError> {
    let mut wrong = Fields::default();
    let name = wrong.take(fields::display_name("name", &input.name));
    let zone = wrong.take(users::time_zone(&input.time_zone));
    let (Some(name), Some(time_zone)) = (name, zone) else { return Err(wrong.refused()) };
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if actor.kind != ActorKind::User(id) {
                authority::admin(tx, &actor).await?;
            }
            let before = users::find(tx, id).await?;
            let (updated_at, version) = (context.now(), before.version + 1);
            let (name, time_zone) = (name.clone(), time_zone.clone());
            let after = User { name, time_zone, updated_at, version, ..before.clone() };
            users::save(tx, &after).await?;
            let event = events::event(&context, &actor, "user.profile_changed", "user", id)
                .before(json!({ "time_zone": before.time_zone }))
                .after(json!({ "time_zone": after.time_zone }))
                .personal("name", &after.name);
            audit::record(tx, &event).await?;
            Ok(after)
        })
        .await
}
