//! The next key becomes active, the active one retires, a new next one is published: one transaction, decided by
//! conditional statements, so that of many rotations at once exactly one happens.

use std::time::Duration;

use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::authorization_server::AuthorizationServer;
use gatehouse_core::oauth::signing_key::{KeyState, Rotation, RotationError, ServerKey, check_rotation};
use gatehouse_core::time::Timestamp;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, signing_keys};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::events::{Draft, event};
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// Which keys, and how the rotation is meant.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKeys {
    /// The algorithm whose keys are meant; that of access tokens by default.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub alg: Option<Algorithm>,
    /// `planned`: once every verifier must know the next key, so that nothing fails. `immediate`: now, although
    /// verifiers may refuse tokens until they fetch the keys anew. `compromised`: now, and every key of the algorithm
    /// is withdrawn, and with them every token out.
    #[serde(default = "planned")]
    #[schema(value_type = String)]
    pub rotation: Rotation,
}

const fn planned() -> Rotation {
    Rotation::Planned
}

/// Rotates. Gives the server's keys as they are afterwards, the newest first.
pub async fn rotate(
    ctx: &Context,
    actor: &Actor,
    server: &str,
    input: RotateKeys,
) -> Result<Vec<ServerKey>, ActionError> {
    let by = actor.clone();
    ctx.db.read(async move |tx: &mut Tx| authority::admin(tx, &by).await).await?;
    let (server, keys) = super::read(ctx, server).await?;
    let alg = input.alg.unwrap_or(server.access_token_signing_alg);
    if !keys.iter().any(|key| key.alg() == alg) {
        return Err(ActionError::conflict("no_keys", format!("the server has no keys for {alg}: add them first")));
    }
    let id = server.id.clone();
    let pair = Pair { active: find_active(&keys, alg), next: find_next(&keys, alg) };
    if input.rotation == Rotation::Compromised {
        withdraw(ctx, actor, &server, (alg, pair.active)).await?;
    } else {
        advance(ctx, actor, &server, (pair, input.rotation)).await?;
    }
    super::list(ctx, id.as_str()).await
}

/// The two keys that a rotation is about.
#[derive(Clone, Copy)]
struct Pair<'a> {
    active: Option<(&'a ServerKey, Timestamp)>,
    next: Option<&'a ServerKey>,
}

fn find_active(keys: &[ServerKey], alg: Algorithm) -> Option<(&ServerKey, Timestamp)> {
    keys.iter().filter(|key| key.alg() == alg).find_map(|key| match key.state {
        KeyState::Active { since } => Some((key, since)),
        KeyState::Next | KeyState::Retired { .. } => None,
    })
}

fn find_next(keys: &[ServerKey], alg: Algorithm) -> Option<&ServerKey> {
    keys.iter().find(|key| key.alg() == alg && key.state == KeyState::Next)
}

async fn advance(
    ctx: &Context,
    actor: &Actor,
    server: &AuthorizationServer,
    (pair, rotation): (Pair<'_>, Rotation),
) -> Result<(), ActionError> {
    let (Some((active, since)), Some(next)) = (pair.active, pair.next) else {
        let message = "a key is missing: rotate as compromised, which makes both anew";
        return Err(ActionError::conflict("key_missing", message));
    };
    let interval = Duration::from_secs(u64::try_from(server.key_rotation_interval).unwrap_or(u64::MAX));
    check_rotation(rotation, since, next, interval, ctx.now()).map_err(|error| refused(&error))?;
    let fresh = super::make(ctx, &server.id, active.alg(), KeyState::Next).await?;
    let (old, new) = (active.public.kid().to_owned(), next.public.kid().to_owned());
    let event = event(ctx, actor, "keys.rotated", "authorization_server", &server.id)
        .before(json!({"alg": active.alg(), "active": old, "next": new}))
        .after(json!({"alg": active.alg(), "active": new, "next": fresh.public.kid(), "rotation": rotation}));
    swap(ctx, (old, new), fresh, event).await
}

/// One wins, whoever else has seen the same two keys.
pub(super) async fn swap(
    ctx: &Context,
    (old, new): (String, String),
    fresh: ServerKey,
    event: Draft,
) -> Result<(), ActionError> {
    let now = ctx.now();
    ctx.db
        .write(async move |tx: &mut Tx| {
            let moved = signing_keys::retire(tx, &old, now).await? && signing_keys::activate(tx, &new, now).await?;
            if !moved {
                return Err(ActionError::changed_meanwhile());
            }
            signing_keys::insert(tx, &fresh).await?;
            audit::record(tx, &event).await?;
            tx.change(Topic::Server, fresh.server_id.as_str());
            Ok(())
        })
        .await
}

/// Whoever has the private key can sign what this server signs, so no key of the algorithm is trusted any more: the
/// next one lay in the same database.
async fn withdraw(
    ctx: &Context,
    actor: &Actor,
    server: &AuthorizationServer,
    (alg, active): (Algorithm, Option<(&ServerKey, Timestamp)>),
) -> Result<(), ActionError> {
    let pair = super::make_pair(ctx, &server.id, alg).await?;
    let event = withdrawal(ctx, actor, server, &pair);
    let seen = active.map(|(key, _)| key.public.kid().to_owned());
    let server_id = server.id.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            let gone = signing_keys::delete_all(tx, &server_id, alg).await?;
            if seen.as_ref().is_some_and(|kid| !gone.contains(kid)) {
                return Err(ActionError::changed_meanwhile());
            }
            for key in &pair {
                signing_keys::insert(tx, key).await?;
            }
            audit::record(tx, &event).await?;
            tx.change(Topic::Server, server_id.as_str());
            Ok(())
        })
        .await
}

fn withdrawal(ctx: &Context, actor: &Actor, server: &AuthorizationServer, [active, next]: &[ServerKey; 2]) -> Draft {
    event(ctx, actor, "keys.withdrawn", "authorization_server", &server.id).after(json!({
        "alg": active.alg(),
        "active": active.public.kid(),
        "next": next.public.kid(),
        "rotation": Rotation::Compromised,
    }))
}

fn refused(error: &RotationError) -> ActionError {
    match error {
        RotationError::NotDue { .. } => ActionError::conflict("not_due", error.to_string()),
        RotationError::NextIsFresh { .. } => ActionError::conflict("next_key_is_fresh", error.to_string()),
    }
}
