//! Mails on their way: what an operator sees of them, and another try for one that was given up.

use gatehouse_core::id::OutboxId;
use gatehouse_store::audit;
use gatehouse_store::db::Tx;
use gatehouse_store::outbox::{self, Entry, Kind, State};
use serde_json::json;

use super::events::event;
use super::{ActionError, Actor};
use crate::context::Context;

/// In order of id: `limit` mails after `after`, in one state or in any.
pub async fn list(ctx: &Context, state: Option<State>, after: String, limit: i64) -> Result<Vec<Entry>, ActionError> {
    ctx.db.read(async move |tx| Ok(outbox::list(tx, (Kind::Mail, state), &after, limit).await?)).await
}

/// Tries a mail that was given up again, from the beginning.
pub async fn retry(ctx: &Context, actor: &Actor, id: OutboxId) -> Result<Entry, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = find(tx, id).await?;
        if !outbox::retry(tx, id, ctx.now()).await? {
            let message = format!("the mail is {}: only one that was given up can be tried again", before.state);
            return Err(ActionError::conflict("mail_state", message));
        }
        let event = event(&ctx, &actor, "mail.retried", "mail", id).before(json!({ "state": before.state }));
        audit::record(tx, &event.after(json!({ "state": State::Waiting }))).await?;
        find(tx, id).await
    })
    .await
}

async fn find(tx: &mut Tx, id: OutboxId) -> Result<Entry, ActionError> {
    let found = outbox::find(tx, id).await?.filter(|entry| entry.kind == Kind::Mail);
    found.ok_or_else(|| ActionError::not_found("mail", id))
}
