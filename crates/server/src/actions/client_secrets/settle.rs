//! What dates have ended: the stored state catches up, and the tokens that the secret got die with it. Whether a
//! secret authenticates never waits for this; it is decided when the secret is read.

use gatehouse_store::{applications, audit, client_secrets};
use serde_json::json;

use crate::actions::events::event;
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// Secrets of one transaction.
const AT_ONCE: i64 = 100;

/// Settles up to 100 secrets; the number of those that it wrote.
pub async fn settle(ctx: &Context) -> Result<usize, ActionError> {
    let now = ctx.now();
    let due = ctx.db.read(async move |tx| client_secrets::ended_by_date(tx, now, AT_ONCE).await).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let actor = Actor { kind: ActorKind::System("secrets"), request_id: None, address: None };
    let (db, ctx) = (&ctx.db, ctx.clone());
    db.write(async move |tx| {
        let mut written = 0;
        for before in &due {
            let Some(after) = gatehouse_core::portal::client_secret::settle(before, now) else { continue };
            let Some(application) = applications::find(tx, before.application_id).await? else { continue };
            // Another node, or a person, was faster: nothing is left to do.
            if !client_secrets::update(tx, &after, before.state).await? {
                continue;
            }
            super::kill_tokens(tx, &ctx, after.id).await?;
            tx.change(gatehouse_store::changes::Topic::Application, &application.client_id);
            let event = event(&ctx, &actor, "client_secret.ended", "client_secret", after.id)
                .before(json!({ "application_id": before.application_id, "state": before.state }))
                .after(json!({ "state": after.state }));
            audit::record(tx, &event).await?;
            written += 1;
        }
        Ok(written)
    })
    .await
}
