//! The teams that own applications.

mod create;
mod edit;
mod invitations;
mod members;
mod overview;

pub use create::{NewOrganization, create};
pub(super) use create::{insert_in, new_organization};
pub use edit::{OrganizationChange, edit, unverify, verify};
pub use invitations::{NewOrganizationInvitation, OrganizationInvited, invite, list_invitations, withdraw_invitation};
pub(super) use members::touch;
pub use members::{MemberOf, NewMember, add_member, list_members, remove_member, set_member_role};
pub use overview::{OrganizationOverview, overview};

use gatehouse_core::id::OrganizationId;
use gatehouse_core::identity::organization::Organization;
use gatehouse_store::db::Tx;
use gatehouse_store::organizations;

use super::ActionError;
use crate::context::Context;

/// An organization.
pub async fn get(ctx: &Context, id: OrganizationId) -> Result<Organization, ActionError> {
    ctx.db.read(async move |tx| find(tx, id).await).await
}

/// In order of id: `limit` organizations after `after`.
pub async fn list(ctx: &Context, after: String, limit: i64) -> Result<Vec<Organization>, ActionError> {
    ctx.db.read(async move |tx| Ok(organizations::list(tx, &after, limit).await?)).await
}

/// The organization, or the error of every action on one that does not exist.
pub(super) async fn find(tx: &mut Tx, id: OrganizationId) -> Result<Organization, ActionError> {
    organizations::find(tx, id).await?.ok_or_else(|| ActionError::not_found("organization", id))
}

/// Writes a changed organization over the version that was read.
async fn save(tx: &mut Tx, organization: &Organization) -> Result<(), ActionError> {
    if organizations::save(tx, organization).await? { Ok(()) } else { Err(ActionError::changed_meanwhile()) }
}
