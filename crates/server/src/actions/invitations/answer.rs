//! Accepting and declining. An invitation is accepted once: one conditional statement decides, in the transaction that
//! makes the member.

use gatehouse_core::id::InvitationId;
use gatehouse_core::identity::organization::{self, By, Change};
use gatehouse_core::identity::organization_invitation::OrganizationInvitation;
use gatehouse_core::identity::user::User;
use gatehouse_core::identity::workspace;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, organization_invitations, organization_members, workspace_invitations};
use serde_json::json;

use super::Place;
use crate::actions::{ActionError, Actor, ActorKind, events, organizations, users};
use crate::context::Context;

/// Either kind; their ids never collide.
enum Found {
    Organization(OrganizationInvitation),
    Workspace(workspace::Invitation),
}

/// Makes the acting user a member of the place.
pub async fn accept(ctx: &Context, actor: &Actor, id: InvitationId) -> Result<Place, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let by = (&context, &actor);
            let user = acting(tx, &actor, id).await?;
            match find(tx, &context, &user, id).await? {
                Found::Organization(invitation) => join_organization(tx, by, &user, &invitation).await,
                Found::Workspace(invitation) => {
                    if !users::bind_invitation(tx, by, &user, &invitation).await? {
                        return Err(ActionError::not_found("invitation", id));
                    }
                    Ok(Place::Workspace(invitation.workspace_id, invitation.role))
                }
            }
        })
        .await
}

/// Makes the invitation go away.
pub async fn decline(ctx: &Context, actor: &Actor, id: InvitationId) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let user = acting(tx, &actor, id).await?;
            let (gone, event) = match find(tx, &context, &user, id).await? {
                Found::Organization(invitation) => {
                    let place = invitation.organization_id;
                    let action = "organization.invitation_declined";
                    let event = events::event(&context, &actor, action, "organization", place);
                    (organization_invitations::remove(tx, place, id).await?, event)
                }
                Found::Workspace(invitation) => {
                    let place = invitation.workspace_id;
                    let action = "workspace.invitation_declined";
                    let event = events::event(&context, &actor, action, "workspace", place);
                    (workspace_invitations::remove(tx, place, id).await?, event)
                }
            };
            if !gone {
                return Err(ActionError::not_found("invitation", id));
            }
            Ok(audit::record(tx, &event.before(json!({"invitation": id, "user": user.id}))).await?)
        })
        .await
}

/// Only people are invited.
async fn acting(tx: &mut Tx, actor: &Actor, id: InvitationId) -> Result<User, ActionError> {
    match actor.kind {
        ActorKind::User(user) => users::find(tx, user).await,
        ActorKind::Operator(_) | ActorKind::CommandLine(_) | ActorKind::System(_) => {
            Err(ActionError::not_found("invitation", id))
        }
    }
}

/// One that binds this user now. Nobody learns of those of others.
async fn find(tx: &mut Tx, ctx: &Context, user: &User, id: InvitationId) -> Result<Found, ActionError> {
    let now = ctx.now();
    let of_organization = organization_invitations::find(tx, id).await?;
    if let Some(invitation) = of_organization.filter(|found| found.binds(user, now).is_some()) {
        return Ok(Found::Organization(invitation));
    }
    let of_workspaces = workspace_invitations::list_for_address(tx, &user.email).await?;
    let found = of_workspaces.into_iter().find(|found| found.id == id && found.binds(user, now).is_some());
    found.map(Found::Workspace).ok_or_else(|| ActionError::not_found("invitation", id))
}

async fn join_organization(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: &User,
    invitation: &OrganizationInvitation,
) -> Result<Place, ActionError> {
    let (id, now) = (invitation.organization_id, ctx.now());
    let missing = || ActionError::not_found("invitation", invitation.id);
    let member = invitation.binds(user, now).ok_or_else(missing)?;
    let team = organizations::find(tx, id).await?;
    let members = organization_members::list(tx, id).await?;
    organization::check(&members, Change::Add(user.id, member.role), By::Operator)
        .map_err(|error| ActionError::conflict(error.code(), error.to_string()))?;
    if !organization_invitations::accept(tx, invitation.id, user.id, now).await? {
        return Err(missing());
    }
    organization_members::insert(tx, &member).await?;
    let event = events::event(ctx, actor, "organization.invitation_accepted", "organization", id)
        .after(json!({"invitation": invitation.id, "user": user.id, "role": member.role}));
    audit::record(tx, &event).await?;
    organizations::touch(tx, ctx, team).await?;
    Ok(Place::Organization(id, member.role))
}
