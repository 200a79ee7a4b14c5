//! `gatehouse workspaces …`

use gatehouse_core::id::{InvitationId, WorkspaceId};
use gatehouse_core::identity::workspace::{Workspace, WorkspaceRole};
use gatehouse_server::actions::workspaces::{self, InvitedState, NewInvitation, NewWorkspace, NewWorkspaceMember};
use gatehouse_server::manage::workspace_tests::WorkspaceTestView;
use gatehouse_server::manage::workspaces::{InvitationView, WorkspaceApplication, WorkspaceMemberView, WorkspaceView};
use serde_json::json;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;
use super::users;

/// Create and manage workspaces, their members and invitations
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a workspace
    Create {
        /// Name that its members see
        #[arg(long)]
        name: String,
        /// First owner: id or e-mail address of a user
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
    },
    /// List workspaces
    List,
    /// Show a workspace
    Show(Which),
    /// Give a workspace another name
    Rename {
        #[command(flatten)]
        which: Which,
        /// The name
        #[arg(long)]
        name: String,
    },
    /// List the members of a workspace
    Members(Which),
    /// Add a member, who sees the workspace's data
    AddMember {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of the user
        user: String,
        /// owner or member
        #[arg(long, default_value = "member")]
        role: WorkspaceRole,
    },
    /// Give a member another role
    SetMemberRole {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of the user
        user: String,
        /// owner or member
        #[arg(long)]
        role: WorkspaceRole,
    },
    /// List the applications that read the data, because their API user is a member
    Applications(Which),
    /// List the tests whose sessions its members see
    Tests(Which),
    /// Remove a member
    RemoveMember {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of the user
        user: String,
    },
    /// List the invitations that nobody has accepted
    Invitations(Which),
    /// Invite an e-mail address; it binds to the user who verifies it
    Invite {
        #[command(flatten)]
        which: Which,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// owner or member
        #[arg(long, default_value = "member")]
        role: WorkspaceRole,
    },
    /// Take an invitation back
    WithdrawInvitation {
        #[command(flatten)]
        which: Which,
        /// The invitation's id
        invitation: InvitationId,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The workspace's id
    workspace: WorkspaceId,
}

/// Runs a command of `workspaces`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let workspace = match arguments.verb {
        Verb::List => return list(&session).await,
        Verb::Members(which) => return members(&session, which.workspace).await,
        Verb::AddMember { which, user, role } => {
            return add_member(&session, which.workspace, NewWorkspaceMember { user, role }).await;
        }
        Verb::RemoveMember { which, user } => return remove_member(&session, which.workspace, &user).await,
        Verb::SetMemberRole { which, user, role } => {
            return set_member_role(&session, (which.workspace, &user), role).await;
        }
        Verb::Applications(which) => return applications(&session, which.workspace).await,
        Verb::Tests(which) => return tests(&session, which.workspace).await,
        Verb::Invitations(which) => return invitations(&session, which.workspace).await,
        Verb::Invite { which, email, role } => {
            return invite(&session, which.workspace, NewInvitation { email, role }).await;
        }
        Verb::WithdrawInvitation { which, invitation } => {
            return withdraw(&session, which.workspace, invitation).await;
        }
        Verb::Create { name, owner } => workspaces::create(ctx, actor, NewWorkspace { name, owner }).await,
        Verb::Show(which) => workspaces::get(ctx, which.workspace).await,
        Verb::Rename { which, name } => workspaces::rename(ctx, actor, which.workspace, &name).await,
    };
    show(&session, &workspace.map_err(failed)?)
}

fn show(session: &Session, workspace: &Workspace) -> anyhow::Result<()> {
    let fields = [
        ("id", workspace.id.to_string()),
        ("name", workspace.name.clone()),
        ("created", workspace.created_at.to_string()),
    ];
    session.output.item(&WorkspaceView::from(workspace), &fields)
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let page = async |after, limit| workspaces::list(&session.ctx, after, limit).await;
    let found = all(page, |workspace| workspace.id.to_string()).await?;
    let views: Vec<WorkspaceView> = found.iter().map(WorkspaceView::from).collect();
    session.output.list(&views, &["id", "name", "created"], |workspace| {
        vec![workspace.id.clone(), workspace.name.clone(), workspace.created_at.0.to_string()]
    })
}

async fn members(session: &Session, id: WorkspaceId) -> anyhow::Result<()> {
    let found = workspaces::list_members(&session.ctx, id).await.map_err(failed)?;
    let views: Vec<WorkspaceMemberView> = found.iter().map(WorkspaceMemberView::from).collect();
    session.output.list(&views, &["user", "e-mail", "name", "role"], |member| {
        vec![member.user_id.clone(), member.email.clone(), member.name.clone(), member.role.clone()]
    })
}

async fn add_member(session: &Session, id: WorkspaceId, input: NewWorkspaceMember) -> anyhow::Result<()> {
    let added = workspaces::add_member(&session.ctx, &session.actor, id, input).await.map_err(failed)?;
    let sentence = format!("{} is now {} of {id}.", added.user.email, added.member.role);
    session.output.done(&sentence, &WorkspaceMemberView::from(&added))
}

async fn set_member_role(
    session: &Session,
    (id, user): (WorkspaceId, &str),
    role: WorkspaceRole,
) -> anyhow::Result<()> {
    let user = users::id(&session.ctx, user).await?;
    workspaces::set_member_role(&session.ctx, &session.actor, (id, user), role).await.map_err(failed)?;
    let view = json!({"workspace_id": id, "user_id": user, "role": role});
    session.output.done(&format!("{user} is now {role} of {id}."), &view)
}

async fn applications(session: &Session, id: WorkspaceId) -> anyhow::Result<()> {
    let found = workspaces::readers(&session.ctx, id).await.map_err(failed)?;
    let views: Vec<WorkspaceApplication> = found.iter().map(WorkspaceApplication::from).collect();
    session.output.list(&views, &["application", "name", "organization", "api user", "access"], |reader| {
        let access = if reader.has_access { "yes" } else { "no" };
        let shown = [&reader.application_id, &reader.name, &reader.organization, &reader.api_user_id];
        shown.into_iter().cloned().chain([access.to_owned()]).collect()
    })
}

async fn tests(session: &Session, id: WorkspaceId) -> anyhow::Result<()> {
    let page = async |after, limit| workspaces::tests(&session.ctx, id, after, limit).await;
    let found = all(page, |test| test.id.to_string()).await?;
    let views: Vec<WorkspaceTestView> = found.iter().map(WorkspaceTestView::from).collect();
    session.output.list(&views, &["test", "title", "completed sessions"], |test| {
        vec![test.id.clone(), test.title.clone(), test.completed_count.to_string()]
    })
}

async fn remove_member(session: &Session, id: WorkspaceId, user: &str) -> anyhow::Result<()> {
    let user = users::id(&session.ctx, user).await?;
    workspaces::remove_member(&session.ctx, &session.actor, id, user).await.map_err(failed)?;
    let view = json!({"workspace_id": id, "user_id": user});
    session.output.done(&format!("{user} no longer sees the data of {id}."), &view)
}

async fn invitations(session: &Session, id: WorkspaceId) -> anyhow::Result<()> {
    let found = workspaces::list_invitations(&session.ctx, id).await.map_err(failed)?;
    let now = session.ctx.now();
    let views: Vec<InvitationView> = found.iter().map(|invitation| InvitationView::open(invitation, now)).collect();
    session.output.list(&views, &["id", "e-mail", "role", "state", "expires"], |invitation| {
        let expires = invitation.expires_at.0.to_string();
        let shown = [&invitation.id, &invitation.email, &invitation.role, &invitation.state, &expires];
        shown.into_iter().cloned().collect()
    })
}

async fn invite(session: &Session, id: WorkspaceId, input: NewInvitation) -> anyhow::Result<()> {
    let invited = workspaces::invite(&session.ctx, &session.actor, id, input).await.map_err(failed)?;
    let (made, email) = (&invited.invitation, &invited.invitation.email);
    let mut sentence = match invited.state {
        InvitedState::Bound => format!("{email} is verified: its user is now a member of {id}."),
        InvitedState::Waiting => {
            format!("{} waits until {} for {email} to be verified or to accept.", made.id, made.expires_at)
        }
    };
    if let Some(old) = &invited.replaced {
        sentence = format!("{sentence} It replaces the invitation as {} of {}.", old.role, old.created_at);
    }
    session.output.done(&sentence, &InvitationView::from(&invited))
}

async fn withdraw(session: &Session, id: WorkspaceId, invitation: InvitationId) -> anyhow::Result<()> {
    workspaces::withdraw_invitation(&session.ctx, &session.actor, id, invitation).await.map_err(failed)?;
    session.output.done(&format!("{invitation} is taken back."), &json!({"id": invitation}))
}
