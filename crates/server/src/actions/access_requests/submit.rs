//! What the developer does with a request: submit it, withdraw it.

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::portal::access_request::{self, AccessRequest};

use crate::actions::{ActionError, Actor, applications};
use crate::context::Context;

/// Hands a draft to the reviewers; the review clock starts.
pub async fn submit(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        applications::load(tx, before.application_id).await?;
        let after =
            access_request::submit(before.clone(), &ctx.calendar, ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.submitted", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

/// Takes an open request back.
pub async fn withdraw(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        let after = access_request::withdraw(before.clone(), ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.withdrawn", (&before, &after)).await?;
        Ok(after)
    })
    .await
}
