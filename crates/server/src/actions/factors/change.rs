//! What every gain and loss of a factor has in common.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::session::{AuthenticationMethod, Proved};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::Secret;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, users};
use serde_json::json;

use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, authority, events, sessions};
use crate::context::Context;
use crate::mail::texts::Text;

/// Where people see to their factors.
const PAGE: &str = "/profile/two-step";

/// As mails and the audit log call a factor.
pub(super) const APP: &str = "authenticator app";

/// The user, if the password is still the one that was proved.
pub(super) async fn still(tx: &mut Tx, user: UserId, proved: &Option<PasswordHash>) -> Result<User, ActionError> {
    if users::password_hash(tx, user).await? != *proved {
        return Err(ActionError::changed_meanwhile());
    }
    active(tx, user).await
}

/// The user, active.
pub(super) async fn active(tx: &mut Tx, user: UserId) -> Result<User, ActionError> {
    users::find(tx, user).await?.filter(User::is_active).ok_or_else(|| ActionError::not_found("user", user))
}

/// Whoever has not shown that the address is theirs gains no factor: it would outlive the password that the owner of
/// the address sets.
fn verified(user: &User) -> Result<(), ActionError> {
    if user.is_verified() {
        return Ok(());
    }
    Err(ActionError::invalid("current_password", "email_not_verified", authority::VERIFY_FIRST))
}

/// A factor is there: told, audited, other browsers signed out. Gives the new cookie of the one that did it.
pub(super) async fn gained(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (user, session): (&User, SessionId),
    amr: &[AuthenticationMethod],
    factor: &str,
) -> Result<Secret, ActionError> {
    verified(user)?;
    sessions::end_others_in(tx, (ctx, actor), user.id, session).await?;
    record(tx, (ctx, actor), user, ("user.factor_added", Text::FactorAdded), factor).await?;
    sessions::renew_in(tx, (ctx, actor), session, (amr, Proved::Everything)).await
}

/// A factor is gone: told and audited.
pub(super) async fn lost(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: &User,
    factor: &str,
) -> Result<(), ActionError> {
    record(tx, (ctx, actor), user, ("user.factor_removed", Text::FactorRemoved), factor).await
}

async fn record(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: &User,
    (action, text): (&'static str, Text),
    factor: &str,
) -> Result<(), ActionError> {
    let event = events::event(ctx, actor, action, "user", user.id).after(json!({ "factor": factor }));
    audit::record(tx, &event).await?;
    let notice = Notice::new(text, PAGE).with("factor", factor).at("at", ctx.now());
    notices::tell(tx, ctx, user, &notice).await
}

/// Tells of a recovery code.
pub(super) async fn tell_code_used(tx: &mut Tx, ctx: &Context, user: &User, left: i64) -> Result<(), ActionError> {
    let notice = Notice::new(Text::RecoveryCodeUsed, PAGE).with("left", left).at("at", ctx.now());
    notices::tell(tx, ctx, user, &notice).await
}
