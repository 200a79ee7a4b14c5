//! Links that work once, to an address: mailed, looked at, used up.

use std::time::Duration;

use gatehouse_core::id::{OneTimeLinkId, UserId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::{OneTimeLink, Purpose, Standing};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{SecretHash, SecretKind, mint, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{one_time_links, users};

use crate::actions::ActionError;
use crate::actions::notices::{self, Notice};
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

/// To which address it was mailed, so that the forms around it need not be told.
pub async fn addressee(ctx: &Context, link: &OneTimeLink) -> Option<Email> {
    let id = link.user_id?;
    let user = ctx.db.read(async move |tx| users::find(tx, id).await).await.ok()??;
    Some(user.email)
}

/// Uses a link up: whose it was, and where it leads on to.
pub(super) async fn follow(
    tx: &mut Tx,
    purpose: Purpose,
    hash: SecretHash,
    now: Timestamp,
) -> Result<(UserId, Option<String>), ActionError> {
    let used = one_time_links::consume(tx, purpose, hash, now).await?;
    used.and_then(|link| Some((link.user_id?, link.return_to))).ok_or_else(over)
}

/// Mails a link that works once; earlier ones of the same purpose end. `path` stands before the token, `return_to` stays
/// here.
pub(super) async fn mail(
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

pub(super) fn hours(duration: Duration) -> String {
    match duration.as_secs() / 3_600 {
        1 => "an hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

pub(super) fn over() -> ActionError {
    ActionError::conflict("link_over", "this link was used, has ended or was replaced by a newer one")
}

/// Somebody else's link is refused in other words than one that is over: whoever holds it has it from the mailbox.
pub(super) fn other_account() -> ActionError {
    let message = "this link belongs to another account: sign in with the account that it was sent for";
    ActionError::forbidden("other_account", message)
}
