//! Where customers' data lives, and who sees it.

mod create;
mod data;
mod invitations;
mod members;
mod overview;

pub use create::{NewWorkspace, create, rename};
pub use data::{readers, tests};
pub use invitations::{Invited, InvitedState, NewInvitation, invite, list_invitations, withdraw_invitation};
pub use members::{NewWorkspaceMember, WorkspaceMemberOf, add_member, list_members, remove_member, set_member_role};
pub use overview::{MOST_TESTS, WorkspaceOverview, mine, overview};

use gatehouse_core::id::WorkspaceId;
use gatehouse_core::identity::workspace::Workspace;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::workspaces;

use super::ActionError;
use crate::context::Context;

/// A workspace.
pub async fn get(ctx: &Context, id: WorkspaceId) -> Result<Workspace, ActionError> {
    ctx.db.read(async move |tx| find(tx, id).await).await
}

/// In order of id: `limit` workspaces after `after`.
pub async fn list(ctx: &Context, after: String, limit: i64) -> Result<Vec<Workspace>, ActionError> {
    ctx.db.read(async move |tx| Ok(workspaces::list(tx, &after, limit).await?)).await
}

/// The workspace, or the error of every action on one that does not exist.
async fn find(tx: &mut Tx, id: WorkspaceId) -> Result<Workspace, ActionError> {
    workspaces::find(tx, id).await?.ok_or_else(|| ActionError::not_found("workspace", id))
}

/// Writes a workspace over the version that was read, raised by one, and tells the data plane.
async fn touch(tx: &mut Tx, ctx: &Context, workspace: Workspace) -> Result<Workspace, ActionError> {
    let changed = Workspace { updated_at: ctx.now(), version: workspace.version + 1, ..workspace };
    if !workspaces::save(tx, &changed).await? {
        return Err(ActionError::changed_meanwhile());
    }
    tx.change(Topic::Workspace, changed.id.to_string());
    Ok(changed)
}
