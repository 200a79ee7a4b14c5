//! Deletes what has expired, in small batches: the database does not grow without bound, and nobody waits for long.
//! Nothing depends on it: expiry is checked wherever something is read.

use std::time::Duration;

use gatehouse_store::{
    changes, client_secret_links, codes, device_codes, grants, known_browsers, notifications, one_time_links, outbox,
    refresh_tokens, revocations, sessions, used_tickets,
};

use super::JobError;
use crate::actions::{results_import, sessions as session_actions};
use crate::context::Context;

const BATCH: u32 = 500;
/// A node that is behind by more loads everything anew.
const CHANGES_KEPT: i64 = 10_000;
/// How long sent and failed messages can be looked at.
const OUTBOX_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How long a link that is over can still be told from one that never was.
const LINKS_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How long a device learns that its code has expired, and not merely that it is unknown.
const DEVICE_CODES_KEPT: Duration = Duration::from_secs(3_600);
/// How long the portal keeps what it told a user.
const NOTIFICATIONS_KEPT: Duration = Duration::from_secs(365 * 86_400);

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    let now = ctx.now();
    while ctx.db.write(async move |tx| revocations::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    while ctx.db.write(async |tx| changes::prune(tx, CHANGES_KEPT, BATCH).await).await? >= u64::from(BATCH) {}
    results_import::sweep(ctx).await?;
    let before = now.minus(OUTBOX_KEPT);
    while ctx.db.write(async move |tx| outbox::prune(tx, before, BATCH).await).await? >= u64::from(BATCH) {}
    let before = now.minus(LINKS_KEPT);
    while ctx.db.write(async move |tx| one_time_links::prune(tx, before, BATCH).await).await? >= u64::from(BATCH) {}
    // Not for a day longer: the key of one that nobody used may still be in some mailbox.
    while ctx.db.write(async move |tx| client_secret_links::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    while ctx.db.write(async move |tx| sessions::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    while ctx.db.write(async move |tx| codes::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    let before = now.minus(DEVICE_CODES_KEPT);
    while ctx.db.write(async move |tx| device_codes::prune(tx, before, BATCH).await).await? >= u64::from(BATCH) {}
    while ctx.db.write(async move |tx| refresh_tokens::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    while ctx.db.write(async move |tx| grants::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    let before = now.minus(session_actions::REMEMBERED);
    while ctx.db.write(async move |tx| known_browsers::prune(tx, before, BATCH).await).await? >= u64::from(BATCH) {}
    while ctx.db.write(async move |tx| used_tickets::prune(tx, now, BATCH).await).await? >= u64::from(BATCH) {}
    let before = now.minus(NOTIFICATIONS_KEPT);
    while ctx.db.write(async move |tx| notifications::prune(tx, before, BATCH).await).await? >= u64::from(BATCH) {}
    Ok(())
}
