//! Keys of the management API: shown once, kept as hashes.

use gatehouse_core::id::OperatorKeyId;
use gatehouse_core::identity::operator_key::OperatorKey;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_store::{audit, operator_keys};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{ActionError, Actor, authority, events, fields};
use crate::context::Context;

/// A key to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperatorKey {
    /// What it is for.
    pub name: String,
}

/// Makes a key. The secret is shown to whoever asked and never again.
pub async fn create(ctx: &Context, actor: &Actor, input: NewOperatorKey) -> Result<(OperatorKey, Secret), ActionError> {
    let name = fields::display_name("name", &input.name).map_err(|error| ActionError::Invalid(vec![error]))?;
    let now = ctx.now();
    let secret = mint(&ctx.secret_prefix, SecretKind::OperatorKey, ctx.random());
    let key = OperatorKey {
        id: OperatorKeyId::new(now, ctx.random()),
        name,
        last_four: secret.last_four(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    let (context, actor, hash) = (ctx.clone(), actor.clone(), secret.hash());
    let key = ctx
        .db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            operator_keys::insert(tx, &key, hash).await?;
            let event = events::event(&context, &actor, "operator_key.created", "operator_key", key.id)
                .after(json!({"name": key.name, "last_four": key.last_four}));
            audit::record(tx, &event).await?;
            Ok::<_, ActionError>(key.clone())
        })
        .await?;
    Ok((key, secret))
}

/// In order of id: `limit` keys after `after`, revoked ones too.
pub async fn list(ctx: &Context, after: String, limit: i64) -> Result<Vec<OperatorKey>, ActionError> {
    ctx.db.read(async move |tx| Ok(operator_keys::list(tx, &after, limit).await?)).await
}

/// Ends a key; the next call with it is refused. A key may end itself.
pub async fn revoke(ctx: &Context, actor: &Actor, id: OperatorKeyId) -> Result<OperatorKey, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let key = operator_keys::find(tx, id).await?.ok_or_else(|| ActionError::not_found("operator key", id))?;
            let now = context.now();
            if !operator_keys::revoke(tx, id, now).await? {
                return Err(ActionError::conflict("wrong_state", "this operator key was revoked before"));
            }
            let event = events::event(&context, &actor, "operator_key.revoked", "operator_key", id)
                .before(json!({"name": key.name, "last_four": key.last_four}));
            audit::record(tx, &event).await?;
            Ok(OperatorKey { revoked_at: Some(now), ..key })
        })
        .await
}
