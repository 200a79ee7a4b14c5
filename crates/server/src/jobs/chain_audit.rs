//! Numbers and chains audit events, within a second of their transaction.

use gatehouse_store::audit;

use super::JobError;
use crate::context::Context;

/// Events per transaction: the writer is held for some milliseconds.
const BATCH: u32 = 200;

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    // Reading first: a quiet second costs no write.
    while ctx.db.read(async |tx| audit::unchained(tx).await).await?.0 > 0 {
        ctx.db.write(async |tx| audit::chain(tx, BATCH).await).await?;
    }
    Ok(())
}
