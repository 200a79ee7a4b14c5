//! Signs a browser in by address and password.

use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_core::identity::user::User;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::users;

use crate::actions::factors::ticket::{Entry, Ticket};
use crate::actions::sessions::{self, Opened};
use crate::actions::{ActionError, Actor, ActorKind, factors};
use crate::context::Context;
use crate::password_hashing;

/// What somebody typed. Holds a password: no `Debug`.
#[derive(Clone, Default)]
pub struct Attempt {
    /// As typed.
    pub email: String,
    /// As typed.
    pub password: String,
}

/// Whose password was right.
#[derive(Clone)]
pub enum Known {
    /// That is all it takes.
    SignedIn(Box<User>, Opened),
    /// A code is wanted too; the ticket goes to the browser.
    CodeWanted(Ticket),
}

/// Opens a session, or asks for a code; `None` for a wrong password, an address without an account, an account without a
/// password and one that is disabled: all four cost the same work and are told the same.
pub async fn sign_in(
    ctx: &Context,
    actor: &Actor,
    attempt: &Attempt,
    device: Device,
) -> Result<Option<Known>, ActionError> {
    let email = Email::parse(&attempt.email).ok();
    let known = ctx.db.read(async move |tx| look_up(tx, email.as_ref()).await).await?;
    let text = attempt.password.clone();
    let Some((user, hash)) = known else {
        password_hashing::verify_nobody(ctx, text).await?;
        return Ok(None);
    };
    if !password_hashing::verify(ctx, hash.clone(), text).await? || !user.is_active() {
        return Ok(None);
    }
    if factors::list(ctx, user.id).await?.app.is_some() {
        return Ok(Some(Known::CodeWanted(factors::ticket_for_code(user.id, Entry::New, &hash))));
    }
    let actor = Actor { kind: ActorKind::User(user.id), ..actor.clone() };
    let amr = vec![AuthenticationMethod::Password];
    match sessions::open(ctx, &actor, user.id, (amr, device)).await {
        Ok(opened) => Ok(Some(Known::SignedIn(Box::new(user), opened))),
        // Disabled between our look and the session.
        Err(ActionError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn look_up(tx: &mut Tx, email: Option<&Email>) -> Result<Option<(User, PasswordHash)>, DbError> {
    let Some(email) = email else { return Ok(None) };
    let Some(user) = users::find_by_email(tx, email).await? else { return Ok(None) };
    let hash = users::password_hash(tx, user.id).await?;
    Ok(hash.map(|hash| (user, hash)))
}
