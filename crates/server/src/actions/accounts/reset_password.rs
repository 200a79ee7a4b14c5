//! Somebody who has forgotten the password chooses a new one, by a link to the address.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::SecretHash;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, one_time_links, users as user_rows};

use super::change_password::FORGOT;
use super::links::{self, Followed};
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, fields, users};
use crate::context::Context;
use crate::mail::texts::Text;
use crate::password_hashing;

/// The token follows.
const RESET: &str = "/reset-password/";

/// Mails a link when the address has an active account. The work of a password's check hides which of the two it was.
/// Who follows it goes on to `return_to`, a path of ours.
pub async fn request_reset(
    ctx: &Context,
    actor: &Actor,
    email: &str,
    return_to: Option<String>,
) -> Result<(), ActionError> {
    let email = fields::email("email", email).map_err(|error| ActionError::Invalid(vec![error]))?;
    password_hashing::verify_nobody(ctx, String::new()).await?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| match find(tx, &email).await? {
            Some(user) => send(tx, (&context, &actor), &user, return_to.clone()).await,
            None => {
                let event = events::event(&context, &actor, "user.reset_requested", "user", "unknown");
                Ok(audit::record(tx, &event).await?)
            }
        })
        .await
}

/// Mails a link to a user, for an operator or an admin.
pub async fn send_reset(ctx: &Context, actor: &Actor, id: UserId) -> Result<User, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let user = users::find(tx, id).await?;
            if !user.is_active() {
                return Err(ActionError::conflict("wrong_state", "the user is disabled: enable the user first"));
            }
            send(tx, (&context, &actor), &user, None).await?;
            Ok(user)
        })
        .await
}

/// Uses the link up and sets the password. Every browser is signed out; the address has been shown to be the user's.
pub async fn reset_password(ctx: &Context, actor: &Actor, token: &str, new: &str) -> Result<Followed, ActionError> {
    if links::open_link(ctx, Purpose::ResetPassword, token).await?.is_none() {
        return Err(links::over());
    }
    let hash = SecretHash::of(token);
    let user = ctx.db.read(async move |tx| owner(tx, hash).await).await?;
    let password =
        fields::password("password", new, Some(&user.email)).map_err(|error| ActionError::Invalid(vec![error]))?;
    let new_hash = password_hashing::hash(ctx, password).await?;
    let (context, actor) = (ctx.clone(), Actor { kind: ActorKind::User(user.id), ..actor.clone() });
    ctx.db
        .write(async move |tx| {
            let (id, return_to) = links::follow(tx, Purpose::ResetPassword, hash, context.now()).await?;
            let user = users::verify_in(tx, (&context, &actor), id).await?;
            users::replace_password(tx, &context, id, &new_hash).await?;
            audit::record(tx, &events::event(&context, &actor, "user.password_reset", "user", id)).await?;
            let notice = Notice::new(Text::PasswordChanged, FORGOT).at("at", context.now());
            notices::tell(tx, &context, &user, &notice).await?;
            Ok(Followed { user, return_to })
        })
        .await
}

async fn send(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: &User,
    return_to: Option<String>,
) -> Result<(), ActionError> {
    audit::record(tx, &events::event(ctx, actor, "user.reset_requested", "user", user.id)).await?;
    links::mail(tx, ctx, user, (Purpose::ResetPassword, Text::ResetPassword, RESET), return_to).await
}

async fn find(tx: &mut Tx, email: &Email) -> Result<Option<User>, ActionError> {
    Ok(user_rows::find_by_email(tx, email).await?.filter(User::is_active))
}

/// Whose link it is; a disabled user has none.
async fn owner(tx: &mut Tx, hash: SecretHash) -> Result<User, ActionError> {
    let link = one_time_links::find(tx, Purpose::ResetPassword, hash).await?;
    let Some(id) = link.and_then(|link| link.user_id) else { return Err(links::over()) };
    user_rows::find(tx, id).await?.filter(User::is_active).ok_or_else(links::over)
}
