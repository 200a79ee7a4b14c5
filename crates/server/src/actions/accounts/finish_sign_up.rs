//! An account that was made without a password belongs to nobody until somebody opens the link to its address. There they
//! choose what they sign in with: a passkey, or a password after all.
//!
//! Nothing that could outlive the owner's choice is kept before: whoever signs up with somebody else's address leaves
//! nothing behind but the name.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::passkey::Passkey;
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{Secret, SecretHash};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{audit, passkeys, users as user_rows};
use serde_json::json;

use super::links::{self, Followed};
use crate::actions::factors::ticket::Presented;
use crate::actions::factors::{self, Made};
use crate::actions::{ActionError, Actor, ActorKind, events, fields, sessions, users};
use crate::context::Context;
use crate::password_hashing;

/// What somebody will sign in with. May hold a password: no `Debug`.
pub enum Means {
    /// 8–256 characters.
    Password(String),
    /// What the browser made.
    Passkey(Made),
}

/// The user of a link of whom nothing is known but the address, and where the link leads on to.
pub async fn unfinished(ctx: &Context, token: &str) -> Result<Option<Followed>, ActionError> {
    let Some(link) = links::open_link(ctx, Purpose::VerifyEmail, token).await? else { return Ok(None) };
    let Some(id) = link.user_id else { return Ok(None) };
    let user = ctx.db.read(async move |tx| unfinished_in(tx, id).await).await?;
    Ok(user.map(|user| Followed { user, return_to: link.return_to }))
}

/// Uses the link up: the address is verified, and its owner signed in by what they chose. Gives the cookie. A ticket is
/// one for this user.
pub async fn finish_sign_up(
    ctx: &Context,
    actor: &Actor,
    (token, user): (&str, &User),
    means: Means,
    device: Device,
) -> Result<(Followed, Secret), ActionError> {
    let id = user.id;
    let chosen = chosen(ctx, user, means).await?;
    let (context, actor) = (ctx.clone(), Actor { kind: ActorKind::User(id), ..actor.clone() });
    let hash = SecretHash::of(token);
    ctx.db
        .write(async move |tx| {
            let (of, return_to) = links::follow(tx, Purpose::VerifyEmail, hash, context.now()).await?;
            if of != id || unfinished_in(tx, id).await?.is_none() {
                return Err(links::over());
            }
            let user = users::verify_in(tx, (&context, &actor), id).await?;
            let method = keep(tx, &context, id, &chosen).await?;
            let event = events::event(&context, &actor, "user.sign_up_finished", "user", id);
            audit::record(tx, &event.after(json!({ "by": method }))).await?;
            let opened = sessions::open_in(tx, (&context, &actor), id, (&[method], &device)).await?;
            Ok((Followed { user, return_to }, opened.cookie))
        })
        .await
}

enum Chosen {
    Password(PasswordHash),
    Passkey(Box<(Passkey, Presented)>),
}

async fn chosen(ctx: &Context, user: &User, means: Means) -> Result<Chosen, ActionError> {
    match means {
        Means::Password(text) => {
            let password = fields::password("password", &text, Some(&user.email))
                .map_err(|error| ActionError::Invalid(vec![error]))?;
            Ok(Chosen::Password(password_hashing::hash(ctx, password).await?))
        }
        Means::Passkey(made) => {
            let passkey = factors::passkey(ctx, user.id, &made)?;
            Ok(Chosen::Passkey(Box::new((passkey, made.ticket))))
        }
    }
}

async fn keep(tx: &mut Tx, ctx: &Context, id: UserId, chosen: &Chosen) -> Result<AuthenticationMethod, ActionError> {
    match chosen {
        Chosen::Password(hash) => {
            users::replace_password(tx, ctx, id, hash).await?;
            Ok(AuthenticationMethod::Password)
        }
        Chosen::Passkey(made) => {
            let (passkey, ticket) = &**made;
            ticket.use_up(tx).await?;
            if !passkeys::insert(tx, passkey).await? {
                return Err(factors::registered_already());
            }
            Ok(AuthenticationMethod::Passkey)
        }
    }
}

/// An active user whose address is not verified and who has nothing to sign in with.
pub(super) async fn unfinished_in(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    let Some(user) = user_rows::find(tx, id).await?.filter(|user| user.is_active() && !user.is_verified()) else {
        return Ok(None);
    };
    let has_means =
        user_rows::password_hash(tx, id).await?.is_some() || !passkeys::list_of_user(tx, id).await?.is_empty();
    Ok((!has_means).then_some(user))
}
