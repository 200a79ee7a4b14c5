//! Seals private keys anew after the operator has put another key-encryption key in front.

use gatehouse_core::jose::encryption::{open_signing_key, seal_signing_key};
use gatehouse_core::oauth::signing_key::ServerKey;
use gatehouse_core::random::bytes;
use gatehouse_store::audit;
use gatehouse_store::db::Tx;
use gatehouse_store::signing_keys;
use serde_json::json;

use crate::actions::{ActionError, Actor, events, factors};
use crate::context::Context;

/// Seals every private key under the first key-encryption key. Gives the number of those that were under another one;
/// when it is done, the other can be taken out of the configuration.
pub async fn reseal(ctx: &Context, actor: &Actor) -> Result<usize, ActionError> {
    let sealing = ctx.key_encryption_keys()?.sealing_id();
    let keys = ctx.db.read(async |tx: &mut Tx| signing_keys::all(tx).await).await?;
    let old: Vec<&ServerKey> =
        keys.iter().filter(|key| !key.sealed.is_empty() && key.key_encryption_key != sealing).collect();
    let mut changed = 0;
    for key in old {
        changed += usize::from(reseal_one(ctx, actor, key, &sealing).await?);
    }
    Ok(changed + factors::reseal(ctx, &sealing).await?)
}

/// `false` when the key has retired meanwhile, or was sealed by somebody else.
async fn reseal_one(ctx: &Context, actor: &Actor, key: &ServerKey, sealing: &str) -> Result<bool, ActionError> {
    let keys = ctx.key_encryption_keys()?;
    let (server, kid) = (key.server_id.as_str(), key.public.kid().to_owned());
    let cannot = |error| ActionError::conflict("cannot_reseal", format!("key {kid} of server {server}: {error}"));
    let opened = open_signing_key(keys, server, (key.alg(), &kid), &key.sealed).map_err(cannot)?;
    let sealed = seal_signing_key(keys, server, &opened, bytes(ctx.random())).map_err(cannot)?;
    let event = events::event(ctx, actor, "keys.resealed", "signing_key", &kid)
        .before(json!({"key_encryption_key": key.key_encryption_key}))
        .after(json!({"key_encryption_key": sealing}));
    let (from, to) = (key.key_encryption_key.clone(), sealing.to_owned());
    ctx.db
        .write(async move |tx: &mut Tx| {
            let done = signing_keys::reseal(tx, &kid, (&from, &to), &sealed).await?;
            if done {
                audit::record(tx, &event).await?;
            }
            Ok(done)
        })
        .await
}
