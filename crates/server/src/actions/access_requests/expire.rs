//! Requests whose question stayed unanswered: the stored state catches up. That they have ended is decided on read.

use gatehouse_core::portal::access_request::{self, UNANSWERED};
use gatehouse_store::access_requests;

use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// Requests of one transaction.
const AT_ONCE: i64 = 100;

/// Ends up to 100 requests; the number of those that it ended.
pub async fn expire(ctx: &Context) -> Result<usize, ActionError> {
    let now = ctx.now();
    let due =
        ctx.db.read(async move |tx| access_requests::unanswered(tx, now.minus(UNANSWERED), AT_ONCE).await).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let actor = Actor { kind: ActorKind::System("requests"), request_id: None, address: None };
    let (db, ctx) = (&ctx.db, ctx.clone());
    db.write(async move |tx| {
        let mut ended = 0;
        for id in &due {
            let before = super::load(tx, *id).await?;
            // Answered, withdrawn or decided since we looked.
            let Ok(after) = access_request::expire(before.clone(), now) else { continue };
            super::save(tx, (&ctx, &actor), "access_request.expired", (&before, &after)).await?;
            super::tell::expired(tx, &ctx, &after).await?;
            ended += 1;
        }
        Ok(ended)
    })
    .await
}
