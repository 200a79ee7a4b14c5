//! An address was shown to be its user's: what was promised to the address becomes the user's.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::User;
use gatehouse_core::identity::workspace::Invitation;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, workspace_invitations, workspace_members};
use serde_json::json;

use super::edit::save;
use super::find;
use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// Marks the address as verified; invitations to it bind. Doing it again changes nothing.
pub async fn verify_email(ctx: &Context, actor: &Actor, id: UserId) -> Result<User, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            verify_in(tx, (&context, &actor), id).await
        })
        .await
}

/// The same inside a transaction, for whoever has shown it by a link.
pub(in crate::actions) async fn verify_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    id: UserId,
) -> Result<User, ActionError> {
    let user = find(tx, id).await?;
    if user.is_verified() {
        return Ok(user);
    }
    let verified = user.verify_email(ctx.now());
    save(tx, &verified).await?;
    let event = events::event(ctx, actor, "user.email_verified", "user", id);
    audit::record(tx, &event.personal("email", &verified.email)).await?;
    bind_invitations(tx, ctx, actor, &verified).await?;
    Ok(verified)
}

/// Makes the user a member of every workspace that the verified address was invited to. Nothing for an unverified one.
pub(in crate::actions) async fn bind_invitations(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    user: &User,
) -> Result<(), ActionError> {
    for invitation in workspace_invitations::list_for_address(tx, &user.email).await? {
        bind_invitation(tx, (ctx, actor), user, &invitation).await?;
    }
    Ok(())
}

/// The same for one invitation. `false` when it does not bind this user, or not any more.
pub(in crate::actions) async fn bind_invitation(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: &User,
    invitation: &Invitation,
) -> Result<bool, ActionError> {
    let now = ctx.now();
    let Some(member) = invitation.binds(user, now) else { return Ok(false) };
    if !workspace_invitations::accept(tx, invitation.id, user.id, now).await? {
        return Ok(false);
    }
    workspace_members::insert(tx, &member).await?;
    tx.change(Topic::Workspace, member.workspace_id.to_string());
    let event = events::event(ctx, actor, "workspace.invitation_bound", "workspace", member.workspace_id)
        .after(json!({"invitation": invitation.id, "user": user.id, "role": member.role}));
    audit::record(tx, &event).await?;
    Ok(true)
}
