//! `/manage/v1/workspaces`, their members and invitations

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{InvitationId, UserId, WorkspaceId};
use gatehouse_core::identity::workspace::{Invitation, Workspace, WorkspaceRole};
use gatehouse_core::time::Timestamp;
use gatehouse_store::workspace_readers::WorkspaceReader;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, NoContent, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::workspaces::{
    self, Invited, InvitedState, NewInvitation, NewWorkspace, NewWorkspaceMember, WorkspaceMemberOf,
};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, rename))
        .routes(routes!(list_members, add_member))
        .routes(routes!(set_member_role, remove_member))
        .routes(routes!(list_applications))
        .routes(routes!(list_invitations, invite))
        .routes(routes!(withdraw_invitation))
}

/// A workspace.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub struct WorkspaceView {
    /// `wsp_…`
    pub id: String,
    /// As its members see it.
    pub name: String,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change, its members included.
    pub updated_at: Iso,
}

/// A member of a workspace.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WorkspaceMember)]
pub struct WorkspaceMemberView {
    /// `usr_…`
    pub user_id: String,
    /// The user's address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// `owner` or `member`.
    pub role: String,
    /// Since when.
    pub created_at: Iso,
}

/// An invitation to a workspace.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    /// `inv_…`
    pub id: String,
    /// Whom it is for.
    pub email: String,
    /// `owner` or `member`.
    pub role: String,
    /// `waiting` for its user to verify the address or to accept, `bound` when an operator invited a verified address,
    /// `expired`.
    pub state: String,
    /// When it was made.
    pub created_at: Iso,
    /// From when on it binds nobody.
    pub expires_at: Iso,
}

/// An application that reads the data of a workspace, because its API user is a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkspaceApplication {
    /// `app_…`
    pub application_id: String,
    /// As customers see it.
    pub name: String,
    /// The name of its organization.
    pub organization: String,
    /// `usr_…`: as whom it sees the data; without this member it sees nothing.
    pub api_user_id: String,
    /// Whether it may call any API now.
    pub has_access: bool,
    /// When one of its secrets last got a token.
    pub last_used_at: Option<Iso>,
}

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceMemberRoleChange {
    /// `owner` or `member`.
    #[schema(value_type = String, example = "owner")]
    role: WorkspaceRole,
}

/// Another name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceChange {
    /// As its members see it.
    name: String,
}

impl From<&Workspace> for WorkspaceView {
    fn from(workspace: &Workspace) -> Self {
        Self {
            id: workspace.id.to_string(),
            name: workspace.name.clone(),
            created_at: workspace.created_at.into(),
            updated_at: workspace.updated_at.into(),
        }
    }
}

impl From<&WorkspaceMemberOf> for WorkspaceMemberView {
    fn from(of: &WorkspaceMemberOf) -> Self {
        Self {
            user_id: of.user.id.to_string(),
            email: of.user.email.as_typed().to_owned(),
            name: of.user.name.clone(),
            role: of.member.role.to_string(),
            created_at: of.member.created_at.into(),
        }
    }
}

impl From<&WorkspaceReader> for WorkspaceApplication {
    fn from(reader: &WorkspaceReader) -> Self {
        Self {
            application_id: reader.id.to_string(),
            name: reader.name.clone(),
            organization: reader.organization.clone(),
            api_user_id: reader.api_user_id.to_string(),
            has_access: reader.has_access,
            last_used_at: reader.last_used_at.map(Iso),
        }
    }
}

impl InvitationView {
    /// One that nobody has accepted.
    pub fn open(invitation: &Invitation, now: Timestamp) -> Self {
        Self::new(invitation, if invitation.expires_at <= now { "expired" } else { "waiting" })
    }

    fn new(invitation: &Invitation, state: &str) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.as_typed().to_owned(),
            role: invitation.role.to_string(),
            state: state.to_owned(),
            created_at: invitation.created_at.into(),
            expires_at: invitation.expires_at.into(),
        }
    }
}

impl From<&Invited> for InvitationView {
    fn from(invited: &Invited) -> Self {
        let state = match invited.state {
            InvitedState::Waiting => "waiting",
            InvitedState::Bound => "bound",
        };
        Self::new(&invited.invitation, state)
    }
}

/// List workspaces
#[utoipa::path(get, path = "/workspaces", tag = "Workspaces", params(Paging), responses(
    (status = 200, description = "A page of workspaces", body = Listed<WorkspaceView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(paging): Params<Paging>,
) -> Result<Json<Listed<WorkspaceView>>, Refusal> {
    let window = paging.window(&ctx, WorkspaceId::PREFIX)?;
    let found = workspaces::list(&ctx, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(found, &window, |workspace| workspace.id.to_string())))
}

/// Create a workspace
#[utoipa::path(post, path = "/workspaces", tag = "Workspaces", request_body = NewWorkspace, responses(
    (status = 201, description = "The workspace", body = WorkspaceView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewWorkspace>,
) -> Result<Created<WorkspaceView>, Refusal> {
    Ok(Created((&workspaces::create(&ctx, &actor, input).await?).into()))
}

/// Get a workspace
#[utoipa::path(get, path = "/workspaces/{id}", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 200, description = "The workspace", body = WorkspaceView),
))]
async fn get(State(ctx): State<Context>, Path(id): Path<WorkspaceId>) -> Result<Json<WorkspaceView>, Refusal> {
    Ok(Json((&workspaces::get(&ctx, id).await?).into()))
}

/// Rename a workspace
#[utoipa::path(patch, path = "/workspaces/{id}", tag = "Workspaces", request_body = WorkspaceChange,
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 200, description = "The workspace as it is now", body = WorkspaceView),
))]
async fn rename(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<WorkspaceId>,
    Body(change): Body<WorkspaceChange>,
) -> Result<Json<WorkspaceView>, Refusal> {
    Ok(Json((&workspaces::rename(&ctx, &actor, id, &change.name).await?).into()))
}

/// List the members of a workspace
#[utoipa::path(get, path = "/workspaces/{id}/members", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 200, description = "All members", body = Listed<WorkspaceMemberView>),
))]
async fn list_members(
    State(ctx): State<Context>,
    Path(id): Path<WorkspaceId>,
) -> Result<Json<Listed<WorkspaceMemberView>>, Refusal> {
    let members = workspaces::list_members(&ctx, id).await?;
    Ok(Json(Listed::whole(members.iter().map(WorkspaceMemberView::from))))
}

/// Add a member to a workspace
#[utoipa::path(post, path = "/workspaces/{id}/members", tag = "Workspaces", request_body = NewWorkspaceMember,
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 201, description = "The member", body = WorkspaceMemberView),
))]
async fn add_member(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<WorkspaceId>,
    Body(input): Body<NewWorkspaceMember>,
) -> Result<Created<WorkspaceMemberView>, Refusal> {
    Ok(Created((&workspaces::add_member(&ctx, &actor, id, input).await?).into()))
}

/// Give a member of a workspace another role
#[utoipa::path(put, path = "/workspaces/{id}/members/{user_id}", tag = "Workspaces",
    request_body = WorkspaceMemberRoleChange,
    params(("id" = String, Path, description = "`wsp_…`"), ("user_id" = String, Path, description = "`usr_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn set_member_role(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Path<(WorkspaceId, UserId)>,
    Body(change): Body<WorkspaceMemberRoleChange>,
) -> Result<NoContent, Refusal> {
    workspaces::set_member_role(&ctx, &actor, ids, change.role).await?;
    Ok(NoContent)
}

/// List the applications that read the data of a workspace
///
/// Those whose API user is a member. Removing that member takes the data away from them.
#[utoipa::path(get, path = "/workspaces/{id}/applications", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 200, description = "All of them", body = Listed<WorkspaceApplication>),
))]
async fn list_applications(
    State(ctx): State<Context>,
    Path(id): Path<WorkspaceId>,
) -> Result<Json<Listed<WorkspaceApplication>>, Refusal> {
    let readers = workspaces::readers(&ctx, id).await?;
    Ok(Json(Listed::whole(readers.iter().map(WorkspaceApplication::from))))
}

/// Remove a member from a workspace
///
/// Applications that see data as this user no longer see this workspace's.
#[utoipa::path(delete, path = "/workspaces/{id}/members/{user_id}", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`"), ("user_id" = String, Path, description = "`usr_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn remove_member(
    State(ctx): State<Context>,
    actor: Actor,
    Path((id, user)): Path<(WorkspaceId, UserId)>,
) -> Result<NoContent, Refusal> {
    workspaces::remove_member(&ctx, &actor, id, user).await?;
    Ok(NoContent)
}

/// List the invitations that nobody has accepted
#[utoipa::path(get, path = "/workspaces/{id}/invitations", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 200, description = "All open and expired invitations", body = Listed<InvitationView>),
))]
async fn list_invitations(
    State(ctx): State<Context>,
    Path(id): Path<WorkspaceId>,
) -> Result<Json<Listed<InvitationView>>, Refusal> {
    let now = ctx.now();
    let invitations = workspaces::list_invitations(&ctx, id).await?;
    Ok(Json(Listed::whole(invitations.iter().map(|invitation| InvitationView::open(invitation, now)))))
}

/// Invite an e-mail address to a workspace
///
/// The invitation binds to the user who verifies the address; at once when that was done before. Otherwise a mail goes
/// to the address. An earlier invitation that waits for the same address ends by it.
#[utoipa::path(post, path = "/workspaces/{id}/invitations", tag = "Workspaces", request_body = NewInvitation,
    params(("id" = String, Path, description = "`wsp_…`")), responses(
    (status = 201, description = "The invitation", body = InvitationView),
))]
async fn invite(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<WorkspaceId>,
    Body(input): Body<NewInvitation>,
) -> Result<Created<InvitationView>, Refusal> {
    Ok(Created((&workspaces::invite(&ctx, &actor, id, input).await?).into()))
}

/// Take an invitation back
#[utoipa::path(delete, path = "/workspaces/{id}/invitations/{invitation_id}", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`"), ("invitation_id" = String, Path, description = "`inv_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn withdraw_invitation(
    State(ctx): State<Context>,
    actor: Actor,
    Path((id, invitation)): Path<(WorkspaceId, InvitationId)>,
) -> Result<NoContent, Refusal> {
    workspaces::withdraw_invitation(&ctx, &actor, id, invitation).await?;
    Ok(NoContent)
}
