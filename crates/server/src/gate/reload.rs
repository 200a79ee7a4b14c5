//! Gives the gate a new snapshot when something in the store has changed.
//!
//! Callers take turns: two reloads at once could leave the older one in place. When the store cannot be read the gate
//! keeps the snapshot that it has.

use std::sync::Arc;

use gatehouse_core::time::Timestamp;
use gatehouse_gate::{Gate, QuotaOverrides, Revocations, Snapshot};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{api_versions, apis, authorization_server_applications, entitlements, revocations, signing_keys};

use super::catalogue::{self, Rows};
use crate::context::Context;

/// Revocations and quotas: what changes with applications.
struct Grants {
    revocations: Revocations,
    overrides: QuotaOverrides,
}

/// Reads everything. `issuer_url`: what issuers begin with, without a slash at the end.
///
/// # Errors
/// [`DbError`] when the store cannot be read.
pub async fn reload(ctx: &Context, issuer_url: &str, gate: &Gate) -> Result<(), DbError> {
    reload_grants(ctx, gate).await?;
    reload_catalogue(ctx, issuer_url, gate).await
}

/// Reads APIs and keys only. Until this has been done once, the gate knows no API and refuses everything.
///
/// # Errors
/// [`DbError`] when the store cannot be read.
pub async fn reload_catalogue(ctx: &Context, issuer_url: &str, gate: &Gate) -> Result<(), DbError> {
    let now = ctx.now();
    let rows = ctx.db.read(async |tx| rows(tx).await).await?;
    let before = gate.snapshot();
    let catalogue = catalogue::build(&rows, issuer_url, &before.catalogue, now);
    gate.install(Snapshot {
        generation: before.generation + 1,
        catalogue: Arc::new(catalogue),
        revocations: Arc::clone(&before.revocations),
        overrides: Arc::clone(&before.overrides),
    });
    Ok(())
}

/// Reads revocations and quotas only, for the many changes that leave APIs and keys as they are.
///
/// # Errors
/// [`DbError`] when the store cannot be read.
pub async fn reload_grants(ctx: &Context, gate: &Gate) -> Result<(), DbError> {
    let now = ctx.now();
    let grants = ctx.db.read(async move |tx| grants(tx, now).await).await?;
    let before = gate.snapshot();
    gate.install(Snapshot {
        generation: before.generation + 1,
        catalogue: Arc::clone(&before.catalogue),
        revocations: Arc::new(grants.revocations),
        overrides: Arc::new(grants.overrides),
    });
    Ok(())
}

async fn rows(tx: &mut Tx) -> Result<Rows, DbError> {
    Ok(Rows {
        apis: apis::list_published(tx).await?,
        versions: api_versions::list_served(tx).await?,
        keys: signing_keys::all(tx).await?,
        admissions: authorization_server_applications::admissions(tx).await?,
    })
}

async fn grants(tx: &mut Tx, now: Timestamp) -> Result<Grants, DbError> {
    let mut overrides = QuotaOverrides::default();
    for quota in entitlements::quotas(tx).await? {
        // Limits are positive and bounded where they are written.
        overrides.insert(quota.api_id, quota.client_id, u32::try_from(quota.limit).unwrap_or(0));
    }
    Ok(Grants { revocations: Revocations::new(revocations::list_live(tx, now).await?, now), overrides })
}
