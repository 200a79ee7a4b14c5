//! An account moves to another address. It is verified afterwards, by a link or by an operator, in one way:
//! [`super::verify_email`].

use gatehouse_core::id::UserId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::user::User;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, one_time_links, users};
use serde_json::json;

use super::create::email_taken;
use super::find;
use crate::actions::{ActionError, Actor, authority, events, fields, sessions};
use crate::context::Context;

/// Gives a user another address, for whoever has lost the old one. It is not verified; every browser is signed out, and
/// what was allowed to applications ends.
pub async fn set_email(ctx: &Context, actor: &Actor, id: UserId, email: &str) -> Result<User, ActionError> {
    let email = fields::email("email", email).map_err(|error| ActionError::Invalid(vec![error]))?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let before = find(tx, id).await?;
            if before.email == email {
                return Ok(before);
            }
            let after = move_to(tx, (&context, &actor), &before, &email).await?;
            sessions::end_all_in(tx, (&context, &actor), id).await?;
            Ok(after)
        })
        .await
}

/// Writes the new address, not verified. What was sent to the old one ends.
pub(in crate::actions) async fn move_to(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    before: &User,
    email: &Email,
) -> Result<User, ActionError> {
    let id = before.id;
    let after = before.with_email(email.clone(), ctx.now());
    if !users::save(tx, &after).await.map_err(email_taken)? {
        return Err(ActionError::changed_meanwhile());
    }
    tx.change(Topic::User, id.to_string());
    for purpose in [Purpose::VerifyEmail, Purpose::ResetPassword, Purpose::ChangeEmail] {
        one_time_links::discard_unused_of(tx, purpose, id).await?;
    }
    let event = events::event(ctx, actor, "user.email_changed", "user", id)
        .before(json!({ "email_verified": before.is_verified() }))
        .after(json!({ "email_verified": false }))
        .personal("old_email", &before.email)
        .personal("email", email);
    audit::record(tx, &event).await?;
    Ok(after)
}
