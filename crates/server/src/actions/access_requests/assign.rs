//! Who has a request: given to a reviewer, given back.

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::portal::access_request::{self, AccessRequest, AccessRequestState, Reviewer};
use gatehouse_store::db::Tx;
use gatehouse_store::organization_members;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions::{ActionError, Actor, ActorKind, authority};
use crate::context::Context;

/// Who takes a request.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
}

/// Gives a request to a reviewer; a signed-in reviewer who names nobody takes it.
pub async fn assign(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    to: Assignment,
) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        hands_off(tx, &actor, &before).await?;
        let (user, organizations) = match &to.reviewer {
            // Not the actor: reviewers hand requests to each other.
            Some(named) => super::named_reviewer(tx, named).await?,
            None => super::reviewer(tx, &actor, None).await?,
        };
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        let was = before.assignee_id;
        let after = save_assigned(tx, (&ctx, &actor), before, reviewer).await?;
        let is_own_doing = matches!(actor.kind, ActorKind::User(id) if id == user.id);
        if !is_own_doing && was != Some(user.id) {
            super::tell::assigned(tx, &ctx, &after, &user).await?;
        }
        Ok(after)
    })
    .await
}

/// Gives a request back: any reviewer may take it.
pub async fn unassign(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        hands_off(tx, &actor, &before).await?;
        let after = access_request::unassign(before.clone(), ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.unassigned", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

/// A request that nobody has is the reviewer's who does the first thing with it.
pub(super) async fn take(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    request: AccessRequest,
    reviewer: Reviewer<'_>,
) -> Result<AccessRequest, ActionError> {
    match request.state {
        AccessRequestState::Submitted => save_assigned(tx, (ctx, actor), request, reviewer).await,
        _ => Ok(request),
    }
}

async fn save_assigned(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    before: AccessRequest,
    reviewer: Reviewer<'_>,
) -> Result<AccessRequest, ActionError> {
    let after = access_request::assign(before.clone(), reviewer, ctx.now()).map_err(|error| super::refused(&error))?;
    super::save(tx, (ctx, actor), "access_request.assigned", (&before, &after)).await?;
    Ok(after)
}

/// Lets reviewers pass, but for those of the organization that asks: they do not choose who decides either.
async fn hands_off(tx: &mut Tx, actor: &Actor, request: &AccessRequest) -> Result<(), ActionError> {
    authority::reviewer(tx, actor).await?;
    let ActorKind::User(user_id) = actor.kind else { return Ok(()) };
    let members = organization_members::list_of_user(tx, user_id).await?;
    let organizations: Vec<_> = members.into_iter().map(|member| member.organization_id).collect();
    let reviewer = Reviewer { user_id, organizations: &organizations };
    access_request::ensure_foreign(request, reviewer).map_err(|error| super::refused(&error))
}
