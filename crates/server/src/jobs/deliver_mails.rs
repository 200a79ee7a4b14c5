//! Takes mails from the outbox to their folder: at least once, each under its own id.

use std::time::Duration;

use gatehouse_store::outbox::{self, Kind, Message};

use super::JobError;
use crate::context::Context;
use crate::mail::Mail;
use crate::mail::folder::Folder;

const BATCH: u32 = 20;
/// A node that dies with claimed mails lets them go after this.
const LEASE: Duration = Duration::from_secs(60);

pub(super) async fn run(ctx: &Context, folder: &Folder, owner: &str) -> Result<(), JobError> {
    loop {
        let now = ctx.now();
        // Reading first: a quiet second costs no write.
        if !ctx.db.read(async move |tx| outbox::any_due(tx, now).await).await? {
            return Ok(());
        }
        let claimer = owner.to_owned();
        let claim = async move |tx: &mut gatehouse_store::db::Tx| outbox::claim(tx, &claimer, now, LEASE, BATCH).await;
        let messages = ctx.db.write(claim).await?;
        if messages.is_empty() {
            return Ok(());
        }
        for message in messages {
            let outcome = deliver(folder, &message).await;
            if let Err(why) = &outcome {
                tracing::warn!(outbox.id = %message.id, outbox.attempt = message.attempt, why, "mail.not_delivered");
            }
            settle(ctx, owner, message, outcome).await?;
        }
    }
}

async fn deliver(folder: &Folder, message: &Message) -> Result<(), String> {
    match message.kind {
        Kind::Mail => {
            let mail: Mail = serde_json::from_value(message.payload.clone()).map_err(|error| error.to_string())?;
            let (folder, id, written) = (folder.clone(), message.id, message.created_at);
            let delivered = tokio::task::spawn_blocking(move || folder.deliver(id, &mail, written)).await;
            delivered.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
        }
    }
}

async fn settle(ctx: &Context, owner: &str, message: Message, outcome: Result<(), String>) -> Result<(), JobError> {
    let (now, owner) = (ctx.now(), owner.to_owned());
    ctx.db
        .write(async move |tx| match &outcome {
            Ok(()) => outbox::sent(tx, message.id, &owner, now).await,
            Err(error) => outbox::failed(tx, &message, &owner, error, now).await,
        })
        .await?;
    Ok(())
}
