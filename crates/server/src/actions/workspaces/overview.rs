//! What the members of a workspace look at: who sees its data, themselves or by a program.

use gatehouse_core::id::{UserId, WorkspaceId};
use gatehouse_core::identity::workspace::{
    Invitation, Workspace, WorkspaceError, WorkspaceMember, WorkspaceRole, check_remove,
};
use gatehouse_store::results::tests::WorkspaceTest;
use gatehouse_store::workspace_readers::{self, WorkspaceReader};
use gatehouse_store::{results, workspace_invitations, workspace_members, workspaces};

use super::find;
use super::members::{WorkspaceMemberOf, members_of};
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// A workspace at one look.
#[derive(Clone, Debug)]
pub struct WorkspaceOverview {
    /// The workspace.
    pub workspace: Workspace,
    /// Its members, the oldest first.
    pub members: Vec<WorkspaceMemberOf>,
    /// Invitations that nobody has accepted, expired ones too.
    pub invitations: Vec<Invitation>,
    /// Applications whose API user is a member.
    pub readers: Vec<WorkspaceReader>,
    /// Its first tests, and one more than [`MOST_TESTS`] when there are others.
    pub tests: Vec<WorkspaceTest>,
}

/// Tests on the page of a workspace.
pub const MOST_TESTS: i64 = 50;

impl WorkspaceOverview {
    /// Whether it is its last owner, who cannot leave while there are others.
    pub fn keeps(&self, user: UserId) -> bool {
        let members: Vec<WorkspaceMember> = self.members.iter().map(|of| of.member.clone()).collect();
        check_remove(&members, user) == Err(WorkspaceError::LastOwner)
    }
}

/// Everything of one workspace, for its members.
pub async fn overview(ctx: &Context, actor: &Actor, id: WorkspaceId) -> Result<WorkspaceOverview, ActionError> {
    let (actor, now) = (actor.clone(), ctx.now());
    ctx.db
        .read(async move |tx| {
            let missing = || ActionError::not_found("workspace", id);
            authority::of_workspace(tx, &actor, id, Want::Look, missing).await?;
            Ok(WorkspaceOverview {
                workspace: find(tx, id).await?,
                members: members_of(tx, id).await?,
                invitations: workspace_invitations::list_open(tx, id).await?,
                readers: workspace_readers::list(tx, id, now).await?,
                tests: results::tests::of_workspace(tx, id, "", MOST_TESTS + 1).await?,
            })
        })
        .await
}

/// The workspaces that a user is a member of, in order of name, with the role.
pub async fn mine(ctx: &Context, user: UserId) -> Result<Vec<(Workspace, WorkspaceRole)>, ActionError> {
    ctx.db
        .read(async move |tx| {
            let mut mine = Vec::new();
            for member in workspace_members::list_of_user(tx, user).await? {
                if let Some(found) = workspaces::find(tx, member.workspace_id).await? {
                    mine.push((found, member.role));
                }
            }
            mine.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
            Ok(mine)
        })
        .await
}
