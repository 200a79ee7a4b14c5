//! An address is shown to be its owner's, by a link that works once.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::SecretHash;
use gatehouse_store::{audit, one_time_links};

use super::links::{self, Followed};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, users};
use crate::context::Context;
use crate::mail::texts::Text;

/// The token follows.
pub(super) const VERIFY: &str = "/verify-email/";

/// Mails another link to a user whose address is not verified; earlier ones end, and it leads on where they did. Users
/// ask for themselves.
pub async fn send_verification(ctx: &Context, actor: &Actor, id: UserId) -> Result<User, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if actor.kind != ActorKind::User(id) {
                authority::admin(tx, &actor).await?;
            }
            let user = users::find(tx, id).await?;
            if user.is_verified() {
                let message = "the address is verified already: there is nothing to send";
                return Err(ActionError::conflict("already_verified", message));
            }
            let event = events::event(&context, &actor, "user.verification_sent", "user", id);
            audit::record(tx, &event).await?;
            let before = one_time_links::open_of(tx, Purpose::VerifyEmail, id, context.now()).await?;
            let link = (Purpose::VerifyEmail, Text::VerifyEmail, VERIFY);
            links::mail(tx, &context, &user, link, before.and_then(|link| link.return_to)).await?;
            Ok(user)
        })
        .await
}

/// Where a link that still works leads on to, for its page. Only the user to whom it was sent may use it, signed in: the
/// owner of an address for which somebody else has made an account would hand them what waits for the address.
pub async fn verification_of(ctx: &Context, id: UserId, token: &str) -> Result<Option<String>, ActionError> {
    let link = links::open_link(ctx, Purpose::VerifyEmail, token).await?.ok_or_else(links::over)?;
    if link.user_id == Some(id) { Ok(link.return_to) } else { Err(links::other_account()) }
}

/// Uses the link up and verifies the address of the user to whom it was sent, who is the actor.
pub async fn verify_email(ctx: &Context, actor: &Actor, token: &str) -> Result<Followed, ActionError> {
    let ActorKind::User(id) = actor.kind else { return Err(links::other_account()) };
    verification_of(ctx, id, token).await?;
    let (context, actor, hash) = (ctx.clone(), actor.clone(), SecretHash::of(token));
    ctx.db
        .write(async move |tx| {
            let (used_by, return_to) = links::follow(tx, Purpose::VerifyEmail, hash, context.now()).await?;
            if used_by != id {
                return Err(links::other_account());
            }
            Ok(Followed { user: users::verify_in(tx, (&context, &actor), id).await?, return_to })
        })
        .await
}
