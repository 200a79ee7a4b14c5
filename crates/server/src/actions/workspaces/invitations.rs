//! Invitations: to an address, bound to the user who shows that the address is theirs.

use gatehouse_core::id::{InvitationId, WorkspaceId};
use gatehouse_core::identity::organization_invitation::MOST_OPEN;
use gatehouse_core::identity::workspace::{INVITATION_LIFETIME, Invitation, Workspace, WorkspaceRole};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, users as user_rows, workspace_invitations, workspace_members};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{find, touch};
use crate::actions::authority::Want;
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, fields, users};
use crate::context::Context;
use crate::mail::texts::Text;

/// An invitation to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Whom it is for.
    pub email: String,
    /// `owner` or `member`.
    #[schema(value_type = String, example = "member")]
    pub role: WorkspaceRole,
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The one that was made.
    pub invitation: Invitation,
    /// Where it stands.
    pub state: InvitedState,
    /// The one that waited for the same address until now.
    pub replaced: Option<Invitation>,
}

/// Where a new invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitedState {
    /// It waits for the address to be verified, or for its user to accept.
    Waiting,
    /// The address is verified already: the user is a member now.
    Bound,
}

/// Invites an address and mails it. An earlier invitation to it is replaced; one whose user is a member already is
/// refused. An operator's invitation to a verified address binds at once; an owner's waits for the user to accept, so
/// that owners learn nothing about who has an account.
pub async fn invite(
    ctx: &Context,
    actor: &Actor,
    id: WorkspaceId,
    input: NewInvitation,
) -> Result<Invited, ActionError> {
    let email = fields::email("email", &input.email).map_err(|error| ActionError::Invalid(vec![error]))?;
    let now = ctx.now();
    let invitation = Invitation {
        id: InvitationId::new(now, ctx.random()),
        workspace_id: id,
        email,
        role: input.role,
        created_at: now,
        expires_at: now.plus(INVITATION_LIFETIME),
        accepted_by: None,
        accepted_at: None,
    };
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("workspace", id);
            authority::of_workspace(tx, &actor, id, Want::Own, missing).await?;
            let place = find(tx, id).await?;
            let user = user_rows::find_by_email(tx, &invitation.email).await?;
            if let Some(user) = &user
                && workspace_members::list(tx, id).await?.iter().any(|member| member.user_id == user.id)
            {
                return Err(ActionError::conflict("already_member", "the user of this address is a member already"));
            }
            let replaced = check_number(tx, &invitation).await?;
            workspace_invitations::put(tx, &invitation).await?;
            let mut event = events::event(&context, &actor, "workspace.invited", "workspace", id)
                .after(json!({"invitation": invitation.id, "role": invitation.role}))
                .personal("email", &invitation.email);
            if let Some(old) = &replaced {
                event = event.before(json!({"invitation": old.id, "role": old.role}));
            }
            audit::record(tx, &event).await?;
            let place = touch(tx, &context, place).await?;
            let made = |state| Invited { invitation: invitation.clone(), state, replaced };
            let is_owner = matches!(actor.kind, ActorKind::User(_));
            if let Some(user) = user.filter(|_| !is_owner)
                && users::bind_invitation(tx, (&context, &actor), &user, &invitation).await?
            {
                return Ok(made(InvitedState::Bound));
            }
            mail(tx, (&context, &actor), &place, &invitation).await?;
            Ok(made(InvitedState::Waiting))
        })
        .await
}

/// The invitations that nobody has accepted, expired ones too.
pub async fn list_invitations(ctx: &Context, id: WorkspaceId) -> Result<Vec<Invitation>, ActionError> {
    ctx.db
        .read(async move |tx| {
            find(tx, id).await?;
            Ok(workspace_invitations::list_open(tx, id).await?)
        })
        .await
}

/// Takes an open invitation back.
pub async fn withdraw_invitation(
    ctx: &Context,
    actor: &Actor,
    id: WorkspaceId,
    invitation: InvitationId,
) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("workspace", id);
            authority::of_workspace(tx, &actor, id, Want::Own, missing).await?;
            find(tx, id).await?;
            if !workspace_invitations::remove(tx, id, invitation).await? {
                return Err(ActionError::not_found("invitation", invitation));
            }
            let event = events::event(&context, &actor, "workspace.invitation_withdrawn", "workspace", id)
                .before(json!({"invitation": invitation}));
            audit::record(tx, &event).await?;
            Ok(())
        })
        .await
}

/// Gives the invitation whose place the new one takes.
async fn check_number(tx: &mut Tx, invitation: &Invitation) -> Result<Option<Invitation>, ActionError> {
    let mut open = workspace_invitations::list_open(tx, invitation.workspace_id).await?;
    open.retain(|other| other.expires_at > invitation.created_at);
    let same = open.iter().position(|other| other.email.key() == invitation.email.key());
    let replaced = same.map(|at| open.swap_remove(at));
    if open.len() < MOST_OPEN {
        return Ok(replaced);
    }
    let message = format!("{MOST_OPEN} invitations are open: withdraw some, or wait until they are accepted");
    Err(ActionError::conflict("too_many_invitations", message))
}

async fn mail(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    place: &Workspace,
    invitation: &Invitation,
) -> Result<(), ActionError> {
    let notice = Notice::new(Text::WorkspaceInvitation, "/organizations")
        .with("workspace", place.name.as_str())
        .with("role", invitation.role.as_str())
        .with("inviter", notices::who(tx, actor).await?)
        .at("until", invitation.expires_at);
    notices::invite(tx, ctx, &invitation.email, notice).await
}
