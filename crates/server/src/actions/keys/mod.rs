//! Signing keys of authorization servers: made, rotated, pruned (`core::oauth::signing_key` has the rules).
//!
//! Keys are made and sealed before a transaction begins: an RSA key takes up to a second, and a transaction may run
//! again.

mod add;
mod add_missing;
mod check_readable;
mod prune;
mod reseal;
mod rotate;
mod rotate_due;

use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::encryption::seal_signing_key;
use gatehouse_core::jose::sign::SigningKey;
use gatehouse_core::oauth::authorization_server::{AuthorizationServer, ServerId};
use gatehouse_core::oauth::signing_key::{KeyState, ServerKey};
use gatehouse_core::random::bytes;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{authorization_servers, signing_keys};

pub use add::{AddKeys, add};
pub use add_missing::add_missing;
pub use check_readable::check_readable;
pub use prune::prune;
pub use reseal::reseal;
pub use rotate::{RotateKeys, rotate};
pub use rotate_due::rotate_due;

use super::ActionError;
use crate::context::Context;

/// A server's keys, the newest first.
pub async fn list(ctx: &Context, server: &str) -> Result<Vec<ServerKey>, ActionError> {
    Ok(read(ctx, server).await?.1)
}

/// A server with its keys.
async fn read(ctx: &Context, server: &str) -> Result<(AuthorizationServer, Vec<ServerKey>), ActionError> {
    let id = server.to_owned();
    let found = ctx
        .db
        .read(async move |tx: &mut Tx| {
            let Some(server) = authorization_servers::find(tx, &id).await? else { return Ok(None) };
            let keys = signing_keys::list_of_server(tx, &server.id).await?;
            Ok::<_, DbError>(Some((server, keys)))
        })
        .await?;
    found.ok_or_else(|| ActionError::not_found("authorization server", server))
}

/// A new key, sealed, not yet stored.
pub(super) async fn make(
    ctx: &Context,
    server_id: &ServerId,
    alg: Algorithm,
    state: KeyState,
) -> Result<ServerKey, ActionError> {
    let keys = ctx.key_encryption_keys()?;
    let internal = |error: &dyn std::fmt::Display| ActionError::Internal(format!("making a signing key: {error}"));
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(alg)).await;
    let key = key.map_err(|error| internal(&error))?.map_err(|error| internal(&error))?;
    let sealed = seal_signing_key(keys, server_id.as_str(), &key, bytes(ctx.random()));
    Ok(ServerKey {
        server_id: server_id.clone(),
        public: key.public_jwk().clone(),
        sealed: sealed.map_err(|error| internal(&error))?,
        key_encryption_key: keys.sealing_id(),
        created_at: ctx.now(),
        state,
    })
}

/// The active and the next key of a server's algorithm.
pub(super) async fn make_pair(
    ctx: &Context,
    server_id: &ServerId,
    alg: Algorithm,
) -> Result<[ServerKey; 2], ActionError> {
    let active = make(ctx, server_id, alg, KeyState::Next).await?;
    let next = make(ctx, server_id, alg, KeyState::Next).await?;
    let now = ctx.now();
    Ok([
        ServerKey { state: KeyState::Active { since: now }, created_at: now, ..active },
        ServerKey { created_at: now, ..next },
    ])
}

#[cfg(test)]
mod tests;
