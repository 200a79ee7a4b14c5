//! What a signed-in user may do (`security.md` G). Operators, the command line and jobs act for the whole installation;
//! a user acts as a member of organizations, as a reviewer, or as an admin.
//!
//! Every action on a thing of an organization asks here, inside its own transaction, so that a page cannot forget it:
//! whoever is no member learns nothing (404), a member without the role is told so (403).

use gatehouse_core::id::{OrganizationId, UserId, WorkspaceId};
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::{Role, User};
use gatehouse_core::identity::workspace::WorkspaceRole;
use gatehouse_store::db::Tx;
use gatehouse_store::{organization_members, users, workspace_members};

use super::{ActionError, Actor, ActorKind};

/// What a member wants to do with the things of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Look: every member.
    Look,
    /// Change: owners and maintainers.
    Change,
    /// What cannot be undone or concerns the organization as a whole: owners.
    Own,
}

/// Lets the actor pass, or fails with `missing` for a stranger and with 403 for a member without the role.
pub(crate) async fn member(
    tx: &mut Tx,
    actor: &Actor,
    organization: OrganizationId,
    want: Want,
    missing: impl FnOnce() -> ActionError,
) -> Result<(), ActionError> {
    let ActorKind::User(id) = actor.kind else { return Ok(()) };
    active(tx, id).await?;
    let Some(member) = organization_members::find(tx, organization, id).await? else { return Err(missing()) };
    let allowed = match want {
        Want::Look => true,
        Want::Change => member.role.can_write(),
        Want::Own => member.role == MemberRole::Owner,
    };
    if allowed { Ok(()) } else { Err(role_needed(want)) }
}

/// The same for a workspace: its members look, its owners change. Admins manage the members of every workspace, and see
/// none of it as a page.
pub(crate) async fn of_workspace(
    tx: &mut Tx,
    actor: &Actor,
    workspace: WorkspaceId,
    want: Want,
    missing: impl FnOnce() -> ActionError,
) -> Result<(), ActionError> {
    let ActorKind::User(id) = actor.kind else { return Ok(()) };
    let user = active(tx, id).await?;
    let member = workspace_members::find(tx, workspace, id).await?;
    match (member.map(|member| member.role), want) {
        (Some(_), Want::Look) | (Some(WorkspaceRole::Owner), Want::Change | Want::Own) => Ok(()),
        (_, Want::Change | Want::Own) if user.role == Role::Admin => Ok(()),
        (Some(WorkspaceRole::Member), Want::Change | Want::Own) => {
            Err(ActionError::forbidden("not_allowed", "only an owner of the workspace can do this"))
        }
        (None, _) => Err(missing()),
    }
}

/// Lets reviewers and admins pass.
pub(crate) async fn reviewer(tx: &mut Tx, actor: &Actor) -> Result<(), ActionError> {
    has_role(tx, actor, &[Role::Reviewer, Role::Admin], "only reviewers can do this").await
}

/// Lets pass whose address is shown to be theirs.
pub(crate) async fn verified(tx: &mut Tx, actor: &Actor) -> Result<(), ActionError> {
    let ActorKind::User(id) = actor.kind else { return Ok(()) };
    if active(tx, id).await?.is_verified() { Ok(()) } else { Err(not_verified()) }
}

/// What somebody whose address is not shown to be theirs is told.
pub(crate) const VERIFY_FIRST: &str = "verify your e-mail address first: open the link in the mail that we sent to it";

/// The refusal of somebody whose address is not.
pub(crate) fn not_verified() -> ActionError {
    ActionError::forbidden("email_not_verified", VERIFY_FIRST)
}

/// Lets admins pass.
pub(crate) async fn admin(tx: &mut Tx, actor: &Actor) -> Result<(), ActionError> {
    has_role(tx, actor, &[Role::Admin], "only admins can do this").await
}

async fn has_role(tx: &mut Tx, actor: &Actor, roles: &[Role], message: &str) -> Result<(), ActionError> {
    let ActorKind::User(id) = actor.kind else { return Ok(()) };
    let user = active(tx, id).await?;
    if roles.contains(&user.role) { Ok(()) } else { Err(ActionError::forbidden("not_allowed", message)) }
}

/// A user who was disabled a moment ago does nothing more, whatever the session says.
async fn active(tx: &mut Tx, id: UserId) -> Result<User, ActionError> {
    let user = users::find(tx, id).await?.filter(User::is_active);
    user.ok_or_else(|| ActionError::forbidden("account_disabled", "this account cannot do anything any more"))
}

fn role_needed(want: Want) -> ActionError {
    let message = match want {
        Want::Look | Want::Change => "your role in the organization is viewer: ask an owner to make you a maintainer",
        Want::Own => "only an owner of the organization can do this",
    };
    ActionError::forbidden("not_allowed", message)
}

#[cfg(test)]
mod tests;
