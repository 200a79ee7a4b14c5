//! Browser sessions: opened by whatever signs a user in, looked up by every page, ended by the user or an operator.

mod end;
mod notice_new;
mod open;
mod renew;

pub use end::{end, end_all, end_others};
pub(in crate::actions) use end::{end_all_in, end_others_in, end_rows_in};
pub use notice_new::REMEMBERED;
pub(in crate::actions) use open::open_in;
pub use open::{Opened, open};
pub(in crate::actions) use renew::renew_in;

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::session::Session;
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{SecretHash, SecretKind, well_formed};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::notifications::Unread;
use gatehouse_store::{notifications, organization_members, organizations, sessions, users};

use super::ActionError;
use crate::context::Context;

/// A user's place in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// What the user may do there.
    pub role: MemberRole,
}

/// Who is behind a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The session, live.
    pub session: Session,
    /// The user, active.
    pub user: User,
    /// The organizations that the user belongs to, in order of name.
    pub organizations: Vec<Membership>,
    /// Messages of the portal that the user has not seen.
    pub unread: Unread,
}

/// Who is behind a cookie's value: nobody for one that is made up, signed out, over, or of a user who is not active.
/// Made-up values cost no database read.
pub async fn authenticate(ctx: &Context, cookie: &str) -> Result<Option<Known>, ActionError> {
    if !well_formed(SecretKind::Session, cookie) {
        return Ok(None);
    }
    let (hash, now) = (SecretHash::of(cookie), ctx.now());
    let known = ctx.db.read(async move |tx| look_up(tx, hash).await).await?;
    let Some(known) = known.filter(|known| known.session.is_live(now) && known.user.is_active()) else {
        return Ok(None);
    };
    if known.session.needs_touch(now) {
        let id = known.session.id;
        if let Err(error) = ctx.db.write(async move |tx| sessions::touch(tx, id, now).await).await {
            // Reading needs no writer; the session ends earlier at worst.
            tracing::warn!(session.id = %id, %error, "session.not_touched");
        }
    }
    Ok(Some(known))
}

/// Sessions of a user that are live, the last used first.
pub async fn list(ctx: &Context, user: UserId) -> Result<Vec<Session>, ActionError> {
    let now = ctx.now();
    let mut found = ctx.db.read(async move |tx| sessions::list_of_user(tx, user, now).await).await?;
    found.retain(|session| session.is_live(now));
    Ok(found)
}

async fn look_up(tx: &mut Tx, hash: SecretHash) -> Result<Option<Known>, DbError> {
    let Some(session) = sessions::find_by_hash(tx, hash).await? else { return Ok(None) };
    let Some(user) = users::find(tx, session.user_id).await? else { return Ok(None) };
    let mut memberships = Vec::new();
    for member in organization_members::list_of_user(tx, user.id).await? {
        if let Some(organization) = organizations::find(tx, member.organization_id).await? {
            memberships.push(Membership {
                organization_id: organization.id,
                name: organization.name,
                role: member.role,
            });
        }
    }
    memberships.sort_by(|a, b| a.name.cmp(&b.name).then(a.organization_id.cmp(&b.organization_id)));
    let unread = notifications::count_unread(tx, user.id).await?;
    Ok(Some(Known { session, user, organizations: memberships, unread }))
}

#[cfg(test)]
mod tests;
