//! Changes of an organization itself.

use gatehouse_core::id::OrganizationId;
use gatehouse_core::identity::organization::Organization;
use gatehouse_store::audit;
use gatehouse_store::db::Tx;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use utoipa::ToSchema;

use super::{find, save};
use crate::actions::authority::Want;
use crate::actions::fields::{self, Fields};
use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// What to change; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another homepage; null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub homepage: Option<Option<String>>,
}

/// Changes name and homepage. A verified organization that changes either is no longer verified: the badge spoke of
/// what it was.
pub async fn edit(
    ctx: &Context,
    actor: &Actor,
    id: OrganizationId,
    change: OrganizationChange,
) -> Result<Organization, ActionError> {
    let mut wrong = Fields::default();
    let name = change.name.and_then(|text| wrong.take(fields::display_name("name", &text)));
    let homepage = change.homepage.map(|text| text.and_then(|text| wrong.take(fields::homepage("homepage", &text))));
    wrong.finish()?;

    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("organization", id);
            authority::member(tx, &actor, id, Want::Own, missing).await?;
            let before = find(tx, id).await?;
            let name = name.clone().unwrap_or_else(|| before.name.clone());
            let homepage = homepage.clone().unwrap_or_else(|| before.homepage.clone());
            if name == before.name && homepage == before.homepage {
                return Ok(before);
            }
            let after = Organization { name, homepage, verified_at: None, ..before.clone() };
            write(tx, &context, &actor, "organization.changed", (&before, after)).await
        })
        .await
}

/// The operator knows who it is; shown as a badge.
pub async fn verify(ctx: &Context, actor: &Actor, id: OrganizationId) -> Result<Organization, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let before = find(tx, id).await?;
            if before.verified_at.is_some() {
                return Ok(before);
            }
            let after = Organization { verified_at: Some(context.now()), ..before.clone() };
            write(tx, &context, &actor, "organization.verified", (&before, after)).await
        })
        .await
}

/// Takes the badge away.
pub async fn unverify(ctx: &Context, actor: &Actor, id: OrganizationId) -> Result<Organization, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let before = find(tx, id).await?;
            if before.verified_at.is_none() {
                return Ok(before);
            }
            let after = Organization { verified_at: None, ..before.clone() };
            write(tx, &context, &actor, "organization.unverified", (&before, after)).await
        })
        .await
}

async fn write(
    tx: &mut Tx,
    ctx: &Context,
    actor: &Actor,
    action: &'static str,
    (before, after): (&Organization, Organization),
) -> Result<Organization, ActionError> {
    let after = Organization { updated_at: ctx.now(), version: before.version + 1, ..after };
    save(tx, &after).await?;
    let shown = |organization: &Organization| {
        let verified = organization.verified_at.is_some();
        json!({"name": organization.name, "homepage": organization.homepage, "verified": verified})
    };
    let event = events::event(ctx, actor, action, "organization", after.id).before(shown(before)).after(shown(&after));
    audit::record(tx, &event).await?;
    Ok(after)
}

/// Tells `null` from absence.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
