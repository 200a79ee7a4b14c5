//! Rotation on schedule: called by a job every minute, on one node at a time or on many, which comes to the same.

use std::collections::BTreeSet;

use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::signing_key::{KeyState, Rotation, ServerKey};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{authorization_servers, signing_keys};

use super::rotate::{RotateKeys, rotate};
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// Rotates every active key that is older than its server's interval, once its successor has been published long
/// enough. Gives the number of rotations.
pub async fn rotate_due(ctx: &Context, actor: &Actor) -> Result<u32, ActionError> {
    let mut rotated = 0;
    for (server, alg) in old_keys(ctx).await? {
        let input = RotateKeys { alg: Some(alg), rotation: Rotation::Scheduled };
        match rotate(ctx, actor, &server, input).await {
            Ok(_) => {
                tracing::info!(server.id = server, key.alg = %alg, "keys.rotated");
                rotated += 1;
            }
            // Another node was faster, or the successor is still too fresh.
            Err(ActionError::Conflict { code: "changed_meanwhile" | "not_due" | "next_key_is_fresh", .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rotated)
}

/// Servers and algorithms whose active key is older than the interval.
async fn old_keys(ctx: &Context) -> Result<BTreeSet<(String, Algorithm)>, ActionError> {
    let read = ctx.db.read(async |tx: &mut Tx| {
        Ok::<_, DbError>((authorization_servers::all(tx).await?, signing_keys::all(tx).await?))
    });
    let (servers, keys) = read.await?;
    let now = ctx.now();
    let is_old = |key: &ServerKey| {
        let server = servers.iter().find(|server| server.id == key.server_id);
        match (key.state, server) {
            (KeyState::Active { since }, Some(server)) => since.plus_secs(server.key_rotation_interval) <= now,
            _ => false,
        }
    };
    Ok(keys.iter().filter(|key| is_old(key)).map(|key| (key.server_id.as_str().to_owned(), key.alg())).collect())
}
