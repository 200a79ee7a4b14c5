//! Publishes keys for one more algorithm, before a server is switched to it.

use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::signing_key::ServerKey;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, signing_keys};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// Keys of an algorithm that the server has none of yet.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddKeys {
    /// `ES256`, `EdDSA` or `RS256`.
    #[schema(value_type = String)]
    pub alg: Algorithm,
}

/// Makes and publishes an active and a next key. Gives both.
pub async fn add(ctx: &Context, actor: &Actor, server: &str, input: AddKeys) -> Result<Vec<ServerKey>, ActionError> {
    let (server, keys) = super::read(ctx, server).await?;
    let taken = || ActionError::conflict("keys_exist", format!("the server has keys for {} already", input.alg));
    if keys.iter().any(|key| key.alg() == input.alg) {
        return Err(taken());
    }
    let pair = super::make_pair(ctx, &server.id, input.alg).await?;
    let kids: Vec<&str> = pair.iter().map(|key| key.public.kid()).collect();
    let event = events::event(ctx, actor, "keys.added", "authorization_server", &server.id)
        .after(json!({"alg": input.alg, "active": kids[0], "next": kids[1]}));
    let stored = pair.clone();
    let actor = actor.clone();
    let inserted = ctx.db.write(async move |tx: &mut Tx| {
        authority::admin(tx, &actor).await?;
        for key in &stored {
            signing_keys::insert(tx, key).await?;
        }
        audit::record(tx, &event).await?;
        tx.change(Topic::Server, server.id.as_str());
        Ok::<_, ActionError>(())
    });
    match inserted.await {
        Err(ActionError::Database(error)) if error.is_constraint(signing_keys::ACTIVE_TAKEN) => Err(taken()),
        other => other.map(|()| pair.to_vec()),
    }
}
