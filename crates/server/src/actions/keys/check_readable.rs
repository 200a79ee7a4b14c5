//! Whether every signing key can be opened: asked at the start, because a server whose key-encryption key is gone would
//! otherwise be found by its callers.

use gatehouse_core::jose::encryption::open_signing_key;
use gatehouse_store::db::Tx;
use gatehouse_store::signing_keys;

use crate::actions::ActionError;
use crate::context::Context;

/// Refuses with the first key that cannot be opened. Retired ones have no private part any more.
pub async fn check_readable(ctx: &Context) -> Result<(), ActionError> {
    let sealing = ctx.key_encryption_keys()?;
    let keys = ctx.db.read(async |tx: &mut Tx| signing_keys::all(tx).await).await?;
    for key in keys.iter().filter(|key| !key.sealed.is_empty()) {
        let (server, kid) = (key.server_id.as_str(), key.public.kid());
        open_signing_key(sealing, server, (key.alg(), kid), &key.sealed).map_err(|error| {
            let message = format!(
                "the signing key {kid} of the authorization server {server} cannot be opened: {error}\n\
                 put the key-encryption key that sealed it back into key_encryption_keys; a key that is lost for good \
                 takes the signing keys with it"
            );
            ActionError::conflict("signing_key_unreadable", message)
        })?;
    }
    Ok(())
}
