//! What people do with their own accounts: sign up, verify the address, sign in, forget and change the password.
//!
//! Nothing here tells a stranger whether an address has an account (CVE-2026-4633, -9794, CVE-2024-41952): answers are
//! the same, and so is the work. Guessing is slowed down by the pages ([`crate::login::throttle`]).

mod change_email;
mod change_password;
mod profile;
mod reset_password;
mod shared_profile;
mod sign_in;
mod sign_in_again;
mod sign_up;
mod verify_email;

pub use change_email::{
    EmailChange, cancel_email_change, check_email_change, confirm_email_change, email_change_of, pending_email,
    request_email_change,
};
pub use change_password::change_password;
pub(in crate::actions) use change_password::prove;
pub use profile::{ProfileChange, edit_profile};
pub use reset_password::{request_reset, reset_password, send_reset};
pub use shared_profile::{edit_shared_profile, shared_profile};
pub use sign_in::{Attempt, Known, sign_in};
pub use sign_in_again::{Again, code_alone, sign_in_again};
pub use sign_up::{SignUp, sign_up};
pub use verify_email::{send_verification, verification_of, verify_email};

use std::time::Duration;

use gatehouse_core::id::OneTimeLinkId;
use gatehouse_core::identity::one_time_link::{OneTimeLink, Purpose, Standing};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{SecretHash, SecretKind, mint, well_formed};
use gatehouse_store::db::Tx;
use gatehouse_store::one_time_links;

use super::ActionError;
use super::notices::{self, Notice};
use crate::context::Context;
use crate::mail::texts::Text;

/// A link was used.
#[derive(Debug)]
pub struct Followed {
    /// Whose it was.
    pub user: User,
    /// Where they were going when it was asked for: a path of ours.
    pub return_to: Option<String>,
}

/// A link whose page may show its form. Only using it decides.
pub async fn open_link(ctx: &Context, purpose: Purpose, token: &str) -> Result<Option<OneTimeLink>, ActionError> {
    if !well_formed(SecretKind::OneTimeLink, token) {
        return Ok(None);
    }
    let (hash, now) = (SecretHash::of(token), ctx.now());
    let link = ctx.db.read(async move |tx| one_time_links::find(tx, purpose, hash).await).await?;
    Ok(link.filter(|link| link.standing(now) == Standing::Open))
}

/// Mails a link that works once; earlier ones of the same purpose end. `path` stands before the token, `return_to` stays
/// here.
async fn mail_link(
    tx: &mut Tx,
    ctx: &Context,
    user: &User,
    (purpose, text, path): (Purpose, Text, &str),
    return_to: Option<String>,
) -> Result<(), ActionError> {
    let now = ctx.now();
    let token = mint(&ctx.secret_prefix, SecretKind::OneTimeLink, ctx.random());
    let link = OneTimeLink::new(OneTimeLinkId::new(now, ctx.random()), purpose, Some(user.id), now);
    let link = OneTimeLink { return_to, ..link };
    one_time_links::discard_unused_of(tx, purpose, user.id).await?;
    one_time_links::insert(tx, &link, token.hash()).await?;
    let notice = Notice::new(text, format!("{path}{}", token.expose())).with("valid", hours(purpose.lifetime()));
    notices::tell(tx, ctx, user, &notice).await
}

fn hours(duration: Duration) -> String {
    match duration.as_secs() / 3_600 {
        1 => "an hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

fn link_over() -> ActionError {
    ActionError::conflict("link_over", "this link was used, has ended or was replaced by a newer one")
}

#[cfg(test)]
mod tests;
