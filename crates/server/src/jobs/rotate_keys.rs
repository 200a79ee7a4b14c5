//! Makes signing keys that are missing, rotates them on schedule, deletes those that retired long ago, and seals those
//! anew that are still under an older key-encryption key.

use super::JobError;
use crate::actions::{Actor, ActorKind, keys};
use crate::context::Context;

pub(super) async fn run(ctx: &Context) -> Result<(), JobError> {
    // Without it nothing signs either, and `serve` has said so.
    if ctx.key_encryption_keys.is_none() {
        return Ok(());
    }
    let actor = Actor { kind: ActorKind::System("rotate_keys"), request_id: None, address: None };
    keys::add_missing(ctx, &actor).await?;
    keys::rotate_due(ctx, &actor).await?;
    keys::prune(ctx).await?;
    let resealed = keys::reseal(ctx, &actor).await?;
    if resealed > 0 {
        tracing::info!(keys = resealed, "keys.resealed");
    }
    Ok(())
}
