//! What a user is invited to: organizations and workspaces alike. Only invitations to the user's own verified address
//! are there; anything else is the same 404.

mod answer;

pub use answer::{accept, decline};

use gatehouse_core::id::{InvitationId, OrganizationId, WorkspaceId};
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::User;
use gatehouse_core::identity::workspace::WorkspaceRole;
use gatehouse_core::time::Timestamp;
use gatehouse_store::{
    organization_invitations, organization_members, organizations, workspace_invitations, workspace_members, workspaces,
};

use super::ActionError;
use crate::context::Context;

/// Where an invitation leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An organization, and what the user will be there.
    Organization(OrganizationId, MemberRole),
    /// A workspace, and what the user will be there.
    Workspace(WorkspaceId, WorkspaceRole),
}

/// An invitation that waits for the user's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For answering.
    pub id: InvitationId,
    /// Where it leads.
    pub place: Place,
    /// The name of the place.
    pub name: String,
    /// From when on it cannot be accepted.
    pub expires_at: Timestamp,
}

/// The open invitations to a user's verified address, without those to places where the user is already.
pub async fn waiting(ctx: &Context, user: &User) -> Result<Vec<Waiting>, ActionError> {
    let (user, now) = (user.clone(), ctx.now());
    ctx.db
        .read(async move |tx| {
            let mut waiting = Vec::new();
            for invitation in organization_invitations::list_for_address(tx, &user.email).await? {
                let Some(member) = invitation.binds(&user, now) else { continue };
                let id = member.organization_id;
                let is_member = organization_members::find(tx, id, user.id).await?.is_some();
                let Some(found) = organizations::find(tx, id).await?.filter(|_| !is_member) else { continue };
                let place = Place::Organization(id, member.role);
                let (id, expires_at) = (invitation.id, invitation.expires_at);
                waiting.push(Waiting { id, place, name: found.name, expires_at });
            }
            let mine = workspace_members::list_of_user(tx, user.id).await?;
            for invitation in workspace_invitations::list_for_address(tx, &user.email).await? {
                let Some(member) = invitation.binds(&user, now) else { continue };
                let id = member.workspace_id;
                let is_member = mine.iter().any(|mine| mine.workspace_id == id);
                let Some(found) = workspaces::find(tx, id).await?.filter(|_| !is_member) else { continue };
                let place = Place::Workspace(id, member.role);
                let (id, expires_at) = (invitation.id, invitation.expires_at);
                waiting.push(Waiting { id, place, name: found.name, expires_at });
            }
            Ok(waiting)
        })
        .await
}
