//! Deletes keys that retired long ago.

use gatehouse_core::oauth::signing_key::RETIRED_KEPT;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::signing_keys;

use crate::actions::ActionError;
use crate::context::Context;

/// Gives the number of deleted keys. No audit event: the retirement has one.
pub async fn prune(ctx: &Context) -> Result<usize, ActionError> {
    let before = ctx.now().minus(RETIRED_KEPT);
    // Most of the time there is nothing to do, and a write would cost a commit.
    let keys = ctx.db.read(async |tx: &mut Tx| signing_keys::all(tx).await).await?;
    if !keys.iter().any(|key| key.retired_before(before)) {
        return Ok(0);
    }
    ctx.db
        .write(async move |tx: &mut Tx| {
            let servers = signing_keys::prune(tx, before).await?;
            for server in &servers {
                tx.change(Topic::Server, server.as_str());
            }
            Ok(servers.len())
        })
        .await
}
