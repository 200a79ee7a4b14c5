//! Makes the keys that ID tokens need, beside requests: an RSA key takes up to a second.
//!
//! An application chooses its algorithm, and `RS256` is what relying parties expect when nothing is said (OpenID Connect
//! Core §3.1.3.7), so every server has that one before its first application asks.

use gatehouse_core::jose::Algorithm;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{applications, authorization_servers, signing_keys};

use super::add::{AddKeys, add};
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// Adds keys for every algorithm that a server needs and has none for. Gives the number of pairs.
pub async fn add_missing(ctx: &Context, actor: &Actor) -> Result<u32, ActionError> {
    let (servers, keys, wanted) = ctx
        .db
        .read(async |tx: &mut Tx| {
            let wanted = applications::signing_algorithms(tx).await?;
            Ok::<_, DbError>((authorization_servers::all(tx).await?, signing_keys::all(tx).await?, wanted))
        })
        .await?;
    let mut added = 0;
    for server in &servers {
        let mut needed = wanted.clone();
        needed.push(Algorithm::Rs256);
        needed.sort();
        needed.dedup();
        needed.retain(|alg| !keys.iter().any(|key| key.server_id == server.id && key.alg() == *alg));
        for alg in needed {
            match add(ctx, actor, server.id.as_str(), AddKeys { alg }).await {
                Ok(_) => {
                    tracing::info!(server.id = server.id.as_str(), key.alg = %alg, "keys.added");
                    added += 1;
                }
                // Another node was faster.
                Err(ActionError::Conflict { code: "keys_exist", .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(added)
}
