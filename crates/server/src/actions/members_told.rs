//! Whoever loses a membership, or gets another role, learns of it by mail, and from whom. Nobody is told what they did
//! themselves.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::organization::Organization;
use gatehouse_core::identity::workspace::Workspace;
use gatehouse_store::db::Tx;
use gatehouse_store::users;

use super::notices::{self, Notice};
use super::{ActionError, Actor, ActorKind};
use crate::context::Context;
use crate::mail::texts::Text;

/// Where somebody is a member.
pub(super) struct Place<'a> {
    kind: &'static str,
    name: &'a str,
    address: String,
}

impl<'a> From<&'a Organization> for Place<'a> {
    fn from(organization: &'a Organization) -> Self {
        let address = format!("/organizations/{}", organization.id);
        Self { kind: "organization", name: &organization.name, address }
    }
}

impl<'a> From<&'a Workspace> for Place<'a> {
    fn from(workspace: &'a Workspace) -> Self {
        Self { kind: "workspace", name: &workspace.name, address: format!("/workspaces/{}", workspace.id) }
    }
}

/// To the member: another role.
pub(super) async fn changed(
    tx: &mut Tx,
    by: (&Context, &Actor),
    user: UserId,
    place: Place<'_>,
    role: &str,
) -> Result<(), ActionError> {
    let notice = Notice::new(Text::MembershipChanged, place.address.clone()).with("role", role);
    tell(tx, by, user, (&place, notice)).await
}

/// To whom was a member until now.
pub(super) async fn ended(
    tx: &mut Tx,
    by: (&Context, &Actor),
    user: UserId,
    place: Place<'_>,
) -> Result<(), ActionError> {
    tell(tx, by, user, (&place, Notice::new(Text::MembershipEnded, "/organizations"))).await
}

async fn tell(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: UserId,
    (place, notice): (&Place<'_>, Notice),
) -> Result<(), ActionError> {
    if actor.kind == ActorKind::User(user) {
        return Ok(());
    }
    let Some(user) = users::find(tx, user).await? else { return Ok(()) };
    let who = notices::who(tx, actor).await?;
    let notice = notice.with("who", who).with("kind", place.kind).with("place", place.name);
    notices::tell(tx, ctx, &user, &notice).await
}
