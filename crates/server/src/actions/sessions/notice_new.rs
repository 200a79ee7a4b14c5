//! Tells a user of a session that starts from a browser that was not seen with them lately.

use std::time::Duration;

use gatehouse_core::identity::browser;
use gatehouse_core::identity::session::Session;
use gatehouse_core::identity::user::User;
use gatehouse_store::db::Tx;
use gatehouse_store::known_browsers;

use crate::actions::ActionError;
use crate::actions::notices::{self, Notice};
use crate::context::Context;
use crate::mail::texts::Text;

/// How long a browser is remembered after its last sign-in.
pub const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);

/// Remembers the browser, and mails the user when it is new. Silent for the first session of a new account, and for an
/// address that is not verified: it may be somebody else's.
pub(super) async fn notice_new(tx: &mut Tx, ctx: &Context, user: &User, session: &Session) -> Result<(), ActionError> {
    let Some(mark) = browser::mark(user.id, &session.device) else { return Ok(()) };
    let now = ctx.now();
    let since = now.minus(REMEMBERED);
    let known = known_browsers::is_known(tx, user.id, mark, since).await?;
    // Who comes back after a long time has no browser that we remember, and is told of any.
    let first = user.created_at > since && !known_browsers::any(tx, user.id, since).await?;
    known_browsers::note(tx, user.id, mark, now).await?;
    if known || first || !user.is_verified() {
        return Ok(());
    }
    let near = session.device.address.as_deref().and_then(browser::near);
    let notice = Notice::new(Text::NewSignIn, "/profile#sessions")
        .at("at", now)
        .with("browser", browser::name(session.device.user_agent.as_deref().unwrap_or_default()))
        .with("address", near.unwrap_or_else(|| "an unknown address".to_owned()));
    notices::tell(tx, ctx, user, &notice).await
}
