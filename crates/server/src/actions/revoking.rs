//! Revocation predicates that actions write, in the transaction that takes the right away.
//!
//! Between the moment that an action decides on and the moment that the last node knows of it, tokens may still be
//! issued (a node learns of changes within a second). So a predicate speaks of more than the tokens out now: one that
//! lasts as long as the state behind it covers tokens of any time and is closed when the right comes back; one beside
//! which other rights of the application go on covers [`SETTLING`] longer.

use std::time::Duration;

use gatehouse_core::id::RevocationId;
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::revocations;

use crate::context::Context;

/// How long after a change another node may go on by what it knew, with some room.
const SETTLING: Duration = Duration::from_secs(2);

/// Kills the tokens that are out, and those that nodes issue until they know.
pub(super) async fn revoke_issued(tx: &mut Tx, ctx: &Context, predicate: Predicate) -> Result<(), DbError> {
    let now = ctx.now();
    let revocation = Revocation::new(RevocationId::new(now, ctx.random()), predicate, now);
    revocations::insert(tx, &Revocation { issued_until: now.plus(SETTLING), ..revocation }).await
}

/// Kills all tokens, whenever issued, until [`let_live`].
pub(super) async fn revoke_all(tx: &mut Tx, ctx: &Context, predicate: Predicate) -> Result<(), DbError> {
    let now = ctx.now();
    let revocation = Revocation::new(RevocationId::new(now, ctx.random()), predicate, now);
    // A node that knows by then issues none, and what was issued before has expired.
    let issued_until = revocation.expires_at;
    revocations::insert(tx, &Revocation { issued_until, ..revocation }).await
}

/// Lets tokens live that are issued from now on; those of before stay dead.
pub(super) async fn let_live(tx: &mut Tx, ctx: &Context, predicate: &Predicate) -> Result<(), DbError> {
    let until = ctx.now().minus(Duration::from_millis(1));
    revocations::close(tx, predicate, until).await
}
