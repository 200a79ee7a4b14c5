//! What the developer does with a request: submit it, withdraw it.

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::portal::access_request::{self, AccessRequest, Standing};
use gatehouse_store::db::Tx;
use gatehouse_store::{apis, organizations};

use super::decide::grant_approved;
use super::tell;
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, applications};
use crate::context::Context;

/// Hands a draft to the reviewers; the review clock starts. What the API's policy approves is decided at once.
pub async fn submit(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        super::of_organization(tx, &actor, &before, Want::Change).await?;
        applications::load(tx, before.application_id).await?;
        let after =
            access_request::submit(before.clone(), &ctx.calendar, ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.submitted", (&before, &after)).await?;
        let after = apply_policy(tx, (&ctx, &actor), after).await?;
        if after.state.is_open() {
            tell::received(tx, &ctx, &after).await?;
        } else {
            tell::decided(tx, &ctx, &after).await?;
        }
        Ok(after)
    })
    .await
}

/// Takes an open request back.
pub async fn withdraw(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        super::of_organization(tx, &actor, &before, Want::Change).await?;
        let after = access_request::withdraw(before.clone(), ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.withdrawn", (&before, &after)).await?;
        tell::withdrawn(tx, &ctx, &after).await?;
        Ok(after)
    })
    .await
}

/// What the API's policy approves needs no reviewer.
async fn apply_policy(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    before: AccessRequest,
) -> Result<AccessRequest, ActionError> {
    let api = apis::find(tx, before.api_id).await?.ok_or_else(|| ActionError::not_found("API", before.api_id))?;
    let organization = organizations::find(tx, before.organization_id).await?;
    let verified = organization.is_some_and(|organization| organization.verified_at.is_some());
    let standing = if verified { Standing::Verified } else { Standing::Unverified };
    let policy = api.review_policy.auto_approve;
    let after = access_request::approve_by_policy(before.clone(), policy, standing, ctx.now())
        .map_err(|error| super::refused(&error))?;
    if after == before {
        return Ok(before);
    }
    super::save(tx, (ctx, actor), "access_request.approved_by_policy", (&before, &after)).await?;
    if !after.state.is_open() {
        grant_approved(tx, (ctx, actor), &after).await?;
    }
    Ok(after)
}
