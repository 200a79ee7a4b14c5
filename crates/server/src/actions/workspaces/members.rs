//! Who sees a workspace's data. A member by user id, never by address.

use gatehouse_core::id::{UserId, WorkspaceId};
use gatehouse_core::identity::user::User;
use gatehouse_core::identity::workspace::{self, WorkspaceError, WorkspaceMember, WorkspaceRole};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, users as user_rows, workspace_members};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{find, touch};
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, ActorKind, authority, events, fields, members_told, users};
use crate::context::Context;

/// A member to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspaceMember {
    /// A user's id or e-mail address.
    pub user: String,
    /// `owner` or `member`.
    #[schema(value_type = String, example = "member")]
    pub role: WorkspaceRole,
}

/// A membership and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceMemberOf {
    /// The membership.
    pub member: WorkspaceMember,
    /// The person.
    pub user: User,
}

/// All members, the oldest first.
pub async fn list_members(ctx: &Context, id: WorkspaceId) -> Result<Vec<WorkspaceMemberOf>, ActionError> {
    ctx.db
        .read(async move |tx| {
            find(tx, id).await?;
            members_of(tx, id).await
        })
        .await
}

/// The same inside a transaction.
pub(super) async fn members_of(tx: &mut Tx, id: WorkspaceId) -> Result<Vec<WorkspaceMemberOf>, ActionError> {
    let mut members = Vec::new();
    for member in workspace_members::list(tx, id).await? {
        if let Some(user) = user_rows::find(tx, member.user_id).await? {
            members.push(WorkspaceMemberOf { member, user });
        }
    }
    Ok(members)
}

/// Adds a user, without asking them. For operators and admins: owners invite, and learn nothing about who has an account.
pub async fn add_member(
    ctx: &Context,
    actor: &Actor,
    id: WorkspaceId,
    input: NewWorkspaceMember,
) -> Result<WorkspaceMemberOf, ActionError> {
    let user = fields::user_ref("user", &input.user).map_err(|error| ActionError::Invalid(vec![error]))?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let place = find(tx, id).await?;
            let user = users::of_field(tx, "user", &user).await?;
            let members = workspace_members::list(tx, id).await?;
            workspace::check_add(&members, user.id)
                .map_err(|error| ActionError::conflict(error.code(), error.to_string()))?;
            let created_at = context.now();
            let member = WorkspaceMember { workspace_id: id, user_id: user.id, role: input.role, created_at };
            workspace_members::insert(tx, &member).await?;
            let event = events::event(&context, &actor, "workspace.member_added", "workspace", id)
                .after(json!({"user": user.id, "role": input.role}));
            audit::record(tx, &event).await?;
            touch(tx, &context, place).await?;
            Ok(WorkspaceMemberOf { member, user })
        })
        .await
}

/// Gives a member another role.
pub async fn set_member_role(
    ctx: &Context,
    actor: &Actor,
    (id, user): (WorkspaceId, UserId),
    role: WorkspaceRole,
) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("workspace", id);
            authority::of_workspace(tx, &actor, id, Want::Own, missing).await?;
            let place = find(tx, id).await?;
            let members = workspace_members::list(tx, id).await?;
            workspace::check_set_role(&members, user, role).map_err(|error| refused((id, user), error))?;
            let before = members.iter().find(|member| member.user_id == user).map(|member| member.role);
            workspace_members::set_role(tx, id, user, role).await?;
            let event = events::event(&context, &actor, "workspace.member_role_changed", "workspace", id)
                .before(json!({"user": user, "role": before}))
                .after(json!({"user": user, "role": role}));
            audit::record(tx, &event).await?;
            if before != Some(role) {
                members_told::changed(tx, (&context, &actor), user, (&place).into(), role.as_str()).await?;
            }
            touch(tx, &context, place).await.map(drop)
        })
        .await
}

/// Removes a member, or lets one leave. Applications that see data as this user no longer see this workspace's.
pub async fn remove_member(ctx: &Context, actor: &Actor, id: WorkspaceId, user: UserId) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("workspace", id);
            let want = if actor.kind == ActorKind::User(user) { Want::Look } else { Want::Own };
            authority::of_workspace(tx, &actor, id, want, missing).await?;
            let place = find(tx, id).await?;
            let members = workspace_members::list(tx, id).await?;
            workspace::check_remove(&members, user).map_err(|error| refused((id, user), error))?;
            workspace_members::remove(tx, id, user).await?;
            let event = events::event(&context, &actor, "workspace.member_removed", "workspace", id)
                .before(json!({"user": user}));
            audit::record(tx, &event).await?;
            members_told::ended(tx, (&context, &actor), user, (&place).into()).await?;
            touch(tx, &context, place).await.map(drop)
        })
        .await
}

fn refused((id, user): (WorkspaceId, UserId), error: WorkspaceError) -> ActionError {
    match error {
        WorkspaceError::NotMember => ActionError::not_found("member", format!("{user} of {id}")),
        WorkspaceError::LastOwner | WorkspaceError::AlreadyMember => {
            ActionError::conflict(error.code(), error.to_string())
        }
    }
}
