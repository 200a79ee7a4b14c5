//! Invitations to an organization: to an e-mail address, whether it has an account or not. Whoever invites is answered
//! the same either way; the user whose verified address it is accepts ([`crate::actions::invitations`]).

use gatehouse_core::id::{InvitationId, OrganizationId};
use gatehouse_core::identity::organization::{MemberRole, MembershipError, Organization};
use gatehouse_core::identity::organization_invitation::{INVITATION_LIFETIME, MOST_OPEN, OrganizationInvitation};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, organization_invitations, organization_members, users as user_rows};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::find;
use super::members::forbidden;
use crate::actions::authority::Want;
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, fields};
use crate::context::Context;
use crate::mail::texts::Text;

/// An invitation to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganizationInvitation {
    /// Whom it is for.
    pub email: String,
    /// `owner`, `maintainer` or `viewer`.
    #[schema(value_type = String, example = "maintainer")]
    pub role: MemberRole,
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationInvited {
    /// The one that was made.
    pub invitation: OrganizationInvitation,
    /// The one that waited for the same address until now.
    pub replaced: Option<OrganizationInvitation>,
}

/// Invites an address and mails it. An earlier invitation to it is replaced; one whose user is a member already is
/// refused.
pub async fn invite(
    ctx: &Context,
    actor: &Actor,
    id: OrganizationId,
    input: NewOrganizationInvitation,
) -> Result<OrganizationInvited, ActionError> {
    let email = fields::email("email", &input.email).map_err(|error| ActionError::Invalid(vec![error]))?;
    let now = ctx.now();
    let invitation = OrganizationInvitation {
        id: InvitationId::new(now, ctx.random()),
        organization_id: id,
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
            let missing = || ActionError::not_found("organization", id);
            authority::member(tx, &actor, id, Want::Change, missing).await?;
            let organization = find(tx, id).await?;
            let replaced = check(tx, &actor, &invitation).await?;
            organization_invitations::put(tx, &invitation).await?;
            let mut event = events::event(&context, &actor, "organization.invited", "organization", id)
                .after(json!({"invitation": invitation.id, "role": invitation.role}))
                .personal("email", &invitation.email);
            if let Some(old) = &replaced {
                event = event.before(json!({"invitation": old.id, "role": old.role}));
            }
            audit::record(tx, &event).await?;
            mail(tx, (&context, &actor), &organization, &invitation).await?;
            Ok(OrganizationInvited { invitation: invitation.clone(), replaced })
        })
        .await
}

/// The invitations that nobody has accepted, expired ones too.
pub async fn list_invitations(ctx: &Context, id: OrganizationId) -> Result<Vec<OrganizationInvitation>, ActionError> {
    ctx.db
        .read(async move |tx| {
            find(tx, id).await?;
            Ok(organization_invitations::list_open(tx, id).await?)
        })
        .await
}

/// Takes an open invitation back.
pub async fn withdraw_invitation(
    ctx: &Context,
    actor: &Actor,
    (id, invitation): (OrganizationId, InvitationId),
) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("organization", id);
            authority::member(tx, &actor, id, Want::Change, missing).await?;
            find(tx, id).await?;
            if !organization_invitations::remove(tx, id, invitation).await? {
                return Err(ActionError::not_found("invitation", invitation));
            }
            let event = events::event(&context, &actor, "organization.invitation_withdrawn", "organization", id)
                .before(json!({"invitation": invitation}));
            Ok(audit::record(tx, &event).await?)
        })
        .await
}

/// Only owners invite owners, the first member is one, members are not invited again, and nobody mails the world. Gives
/// the invitation whose place the new one takes.
async fn check(
    tx: &mut Tx,
    actor: &Actor,
    invitation: &OrganizationInvitation,
) -> Result<Option<OrganizationInvitation>, ActionError> {
    let members = organization_members::list(tx, invitation.organization_id).await?;
    let role = match actor.kind {
        ActorKind::User(user) => members.iter().find(|member| member.user_id == user).map(|member| member.role),
        ActorKind::Operator(_) | ActorKind::CommandLine(_) | ActorKind::System(_) => Some(MemberRole::Owner),
    };
    if invitation.role == MemberRole::Owner && role != Some(MemberRole::Owner) {
        return Err(forbidden(MembershipError::OwnersOnly));
    }
    if invitation.role != MemberRole::Owner && members.is_empty() {
        let error = MembershipError::FirstIsOwner;
        return Err(ActionError::conflict(error.code(), error.to_string()));
    }
    if let Some(user) = user_rows::find_by_email(tx, &invitation.email).await?
        && members.iter().any(|member| member.user_id == user.id)
    {
        return Err(ActionError::conflict("already_member", "the user of this address is a member already"));
    }
    let mut open = organization_invitations::list_open(tx, invitation.organization_id).await?;
    open.retain(|other| other.is_open(invitation.created_at));
    let same = open.iter().position(|other| other.email.key() == invitation.email.key());
    let replaced = same.map(|at| open.swap_remove(at));
    if open.len() >= MOST_OPEN {
        let message = format!("{MOST_OPEN} invitations are open: withdraw some, or wait until they are accepted");
        return Err(ActionError::conflict("too_many_invitations", message));
    }
    Ok(replaced)
}

async fn mail(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    organization: &Organization,
    invitation: &OrganizationInvitation,
) -> Result<(), ActionError> {
    let notice = Notice::new(Text::OrganizationInvitation, "/organizations")
        .with("organization", organization.name.as_str())
        .with("role", invitation.role.as_str())
        .with("inviter", notices::who(tx, actor).await?)
        .at("until", invitation.expires_at);
    notices::invite(tx, ctx, &invitation.email, notice).await
}
