//! Admin, reviewer, developer, customer, the developer's organization and two workspaces.

use gatehouse_core::id::{OrganizationId, WorkspaceId};
use gatehouse_core::identity::user::{Role, User};
use gatehouse_core::identity::workspace::WorkspaceRole;

use super::actor;
use crate::actions::ActionError;
use crate::actions::organizations::{self, NewOrganization};
use crate::actions::users::{self, NewUser};
use crate::actions::workspaces::{self, NewWorkspace, NewWorkspaceMember};
use crate::context::Context;
use crate::sample;

/// Admin, reviewer, developer, customer. Without passwords: those come with the credentials.
pub(super) async fn ensure(ctx: &Context) -> Result<[User; 4], ActionError> {
    let admin = person(ctx, "admin@example.com", "Ada Admin", Role::Admin).await?;
    let reviewer = person(ctx, "reviewer@example.com", "Rita Reviewer", Role::Reviewer).await?;
    let developer = person(ctx, "developer@example.com", "Dan Developer", Role::Developer).await?;
    let customer = person(ctx, "customer@example.com", "Cora Customer", Role::Developer).await?;
    Ok([admin, reviewer, developer, customer])
}

/// Owns the organization whose requests are on the review desk.
pub(super) async fn studio(ctx: &Context) -> Result<User, ActionError> {
    person(ctx, "stella@sample-studio.example", "Stella Studio", Role::Developer).await
}

async fn person(ctx: &Context, email: &str, name: &str, role: Role) -> Result<User, ActionError> {
    match users::get_by_ref(ctx, email).await {
        Err(ActionError::NotFound { .. }) => {}
        found => return found,
    }
    let input = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        role: Some(role),
        password: None,
        email_verified: true,
        time_zone: None,
    };
    users::create(ctx, &actor(), input).await
}

pub(super) async fn organization(
    ctx: &Context,
    known: Option<OrganizationId>,
    owner: &User,
) -> Result<OrganizationId, ActionError> {
    if let Some(id) = known {
        return Ok(id);
    }
    let input = NewOrganization {
        name: "Example Organization".to_owned(),
        homepage: Some("https://example.com".to_owned()),
        owner: Some(owner.id.to_string()),
    };
    Ok(organizations::create(ctx, &actor(), input).await?.id)
}

/// The first is the customer's, and the developer is a member of it; the second shows what a token does not see.
pub(super) async fn workspaces(
    ctx: &Context,
    known: Option<[WorkspaceId; 2]>,
    (customer, developer): (&User, &User),
) -> Result<[WorkspaceId; 2], ActionError> {
    let [first, second] = match known {
        Some(ids) => ids,
        None => {
            let [first, second] = sample::WORKSPACE_NAMES;
            let theirs = NewWorkspace { name: first.to_owned(), owner: Some(customer.id.to_string()) };
            let other = NewWorkspace { name: second.to_owned(), owner: None };
            let theirs = workspaces::create(ctx, &actor(), theirs).await?;
            [theirs.id, workspaces::create(ctx, &actor(), other).await?.id]
        }
    };
    // The owner is there at every start; a developer who was removed stays removed.
    let members = workspaces::list_members(ctx, first).await?;
    let is_member = |user: &User| members.iter().any(|of| of.user.id == user.id);
    let owner = (customer, WorkspaceRole::Owner);
    let missing = if known.is_some() { vec![owner] } else { vec![owner, (developer, WorkspaceRole::Member)] };
    for (user, role) in missing.into_iter().filter(|(user, _)| !is_member(user)) {
        let input = NewWorkspaceMember { user: user.id.to_string(), role };
        workspaces::add_member(ctx, &actor(), first, input).await?;
    }
    Ok([first, second])
}
