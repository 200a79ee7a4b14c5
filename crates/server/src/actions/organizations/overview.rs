//! What the members of an organization look at.

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::organization::{By, Change, Member, MembershipError, Organization, check};
use gatehouse_core::identity::organization_invitation::OrganizationInvitation;
use gatehouse_store::organization_invitations;

use super::find;
use super::members::{MemberOf, members_of};
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// An organization at one look.
#[derive(Clone, Debug)]
pub struct OrganizationOverview {
    /// The organization.
    pub organization: Organization,
    /// Its members, the oldest first.
    pub members: Vec<MemberOf>,
    /// Invitations that nobody has accepted, expired ones too.
    pub invitations: Vec<OrganizationInvitation>,
}

impl OrganizationOverview {
    /// Whether it is its last owner, who cannot leave.
    pub fn keeps(&self, user: UserId) -> bool {
        let members: Vec<Member> = self.members.iter().map(|of| of.member.clone()).collect();
        check(&members, Change::Remove(user), By::Operator) == Err(MembershipError::LastOwner)
    }
}

/// Everything of one organization, for its members.
pub async fn overview(ctx: &Context, actor: &Actor, id: OrganizationId) -> Result<OrganizationOverview, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            let missing = || ActionError::not_found("organization", id);
            authority::member(tx, &actor, id, Want::Look, missing).await?;
            Ok(OrganizationOverview {
                organization: find(tx, id).await?,
                members: members_of(tx, id).await?,
                invitations: organization_invitations::list_open(tx, id).await?,
            })
        })
        .await
}
