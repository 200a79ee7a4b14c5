//! Admin, reviewer, developer, the developer's organization and two workspaces.

use gatehouse_core::id::{OrganizationId, WorkspaceId};
use gatehouse_core::identity::user::{Role, User};

use super::actor;
use crate::actions::ActionError;
use crate::actions::organizations::{self, NewOrganization};
use crate::actions::users::{self, NewUser};
use crate::actions::workspaces::{self, NewWorkspace};
use crate::context::Context;
use crate::sample;

/// Without passwords: those come with the credentials.
pub(super) async fn ensure(ctx: &Context) -> Result<(User, User, User), ActionError> {
    let admin = person(ctx, "admin@example.com", "Ada Admin", Role::Admin).await?;
    let reviewer = person(ctx, "reviewer@example.com", "Rita Reviewer", Role::Reviewer).await?;
    let developer = person(ctx, "developer@example.com", "Dan Developer", Role::Developer).await?;
    Ok((admin, reviewer, developer))
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

/// The developer is a member of the first, so that the second shows what a token does not see.
pub(super) async fn workspaces(
    ctx: &Context,
    known: Option<[WorkspaceId; 2]>,
    developer: &User,
) -> Result<[WorkspaceId; 2], ActionError> {
    if let Some(ids) = known {
        return Ok(ids);
    }
    let [first, second] = sample::WORKSPACE_NAMES;
    let mine = NewWorkspace { name: first.to_owned(), owner: Some(developer.id.to_string()) };
    let other = NewWorkspace { name: second.to_owned(), owner: None };
    let mine = workspaces::create(ctx, &actor(), mine).await?;
    let other = workspaces::create(ctx, &actor(), other).await?;
    Ok([mine.id, other.id])
}
