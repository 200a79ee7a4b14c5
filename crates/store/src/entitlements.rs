//! Tables `entitlements` and `entitlement_scopes`.

use std::collections::HashMap;

use gatehouse_core::id::{ApiId, ApplicationId, EntitlementId};
use gatehouse_core::portal::entitlement::{EntitledScope, Entitlement};

use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// Adds an entitlement with its scopes. `false` when the application has one for this API already.
pub async fn insert(tx: &mut Tx, entitlement: &Entitlement) -> Result<bool, DbError> {
    let sql = "INSERT INTO entitlements (id, application_id, api_id, request_id, quota_limit, created_at, updated_at, \
               version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (application_id, api_id) DO NOTHING";
    let values = params![
        entitlement.id,
        entitlement.application_id,
        entitlement.api_id,
        entitlement.request_id,
        entitlement.quota_limit,
        entitlement.created_at,
        entitlement.updated_at,
        entitlement.version,
    ];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    put_scopes(tx, entitlement.id, &entitlement.scopes).await?;
    Ok(true)
}

/// The entitlement of an application to an API.
pub async fn find(tx: &mut Tx, application: ApplicationId, api: ApiId) -> Result<Option<Entitlement>, DbError> {
    let filter = "e.application_id = $1 AND e.api_id = $2";
    Ok(select(tx, filter, params![application, api]).await?.pop())
}

/// One entitlement.
pub async fn find_by_id(tx: &mut Tx, id: EntitlementId) -> Result<Option<Entitlement>, DbError> {
    Ok(select(tx, "e.id = $1", params![id]).await?.pop())
}

/// All entitlements of an application, oldest first; one statement.
pub async fn of_application(tx: &mut Tx, application: ApplicationId) -> Result<Vec<Entitlement>, DbError> {
    select(tx, "e.application_id = $1", params![application]).await
}

/// What the gate counts against instead of the API's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The API.
    pub api_id: ApiId,
    /// The application, by what OAuth calls it.
    pub client_id: String,
    /// Calls per window.
    pub limit: i64,
}

/// Every entitlement that raises the plan of its API, for the memory of a node.
pub async fn quotas(tx: &mut Tx) -> Result<Vec<Quota>, DbError> {
    let sql = "SELECT e.id, e.api_id, e.quota_limit, a.client_id FROM entitlements e \
               JOIN applications a ON a.id = e.application_id WHERE e.quota_limit IS NOT NULL";
    let rows = tx.query(sql, params![]).await?;
    rows.iter()
        .map(|row| {
            let (client_id, limit) = (row.get("client_id")?, row.get("quota_limit")?);
            Ok(Quota { api_id: row.parse("api_id")?, client_id, limit })
        })
        .collect()
}

/// Writes the next version with its scopes. `false` when the stored one is not its predecessor: somebody else was
/// faster.
pub async fn update(tx: &mut Tx, entitlement: &Entitlement) -> Result<bool, DbError> {
    let sql = "UPDATE entitlements SET request_id = $1, quota_limit = $2, updated_at = $3, version = $4 \
               WHERE id = $5 AND version = $6";
    let values = params![
        entitlement.request_id,
        entitlement.quota_limit,
        entitlement.updated_at,
        entitlement.version,
        entitlement.id,
        entitlement.version - 1,
    ];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    put_scopes(tx, entitlement.id, &entitlement.scopes).await?;
    Ok(true)
}

async fn put_scopes(tx: &mut Tx, id: EntitlementId, scopes: &[EntitledScope]) -> Result<(), DbError> {
    let sql = "INSERT INTO entitlement_scopes (entitlement_id, scope_id, state, granted_at, expires_at, ended_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (entitlement_id, scope_id) DO UPDATE SET \
               state = excluded.state, granted_at = excluded.granted_at, expires_at = excluded.expires_at, \
               ended_at = excluded.ended_at";
    for scope in scopes {
        let values =
            params![id, scope.scope_id, scope.state.as_str(), scope.granted_at, scope.expires_at, scope.ended_at];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Entitlements with their scopes in one statement; one without scopes has a row with NULLs.
async fn select(tx: &mut Tx, filter: &'static str, values: &[Value]) -> Result<Vec<Entitlement>, DbError> {
    let sql = format!(
        "SELECT e.id, e.application_id, e.api_id, e.request_id, e.quota_limit, e.created_at, e.updated_at, e.version, \
         es.scope_id, s.name AS scope, es.state, es.granted_at, es.expires_at, es.ended_at \
         FROM entitlements e LEFT JOIN entitlement_scopes es ON es.entitlement_id = e.id \
         LEFT JOIN scopes s ON s.id = es.scope_id WHERE {filter} ORDER BY e.id, s.position, s.id"
    );
    let mut entitlements: Vec<Entitlement> = Vec::new();
    let mut places: HashMap<EntitlementId, usize> = HashMap::new();
    for row in tx.query(&sql, values).await? {
        let id = row.parse("id")?;
        let place = match places.get(&id) {
            Some(place) => *place,
            None => {
                entitlements.push(read(&row)?);
                places.insert(id, entitlements.len() - 1);
                entitlements.len() - 1
            }
        };
        entitlements[place].scopes.extend(read_scope(&row)?);
    }
    Ok(entitlements)
}

fn read(row: &Row) -> Result<Entitlement, DbError> {
    Ok(Entitlement {
        id: row.parse("id")?,
        application_id: row.parse("application_id")?,
        api_id: row.parse("api_id")?,
        request_id: row.parse_opt("request_id")?,
        quota_limit: row.get("quota_limit")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
        scopes: Vec::new(),
    })
}

fn read_scope(row: &Row) -> Result<Option<EntitledScope>, DbError> {
    let Some(scope_id) = row.parse_opt("scope_id")? else { return Ok(None) };
    Ok(Some(EntitledScope {
        scope_id,
        scope: row.get("scope")?,
        state: row.parse("state")?,
        granted_at: row.get("granted_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
    }))
}

#[cfg(test)]
pub(crate) mod tests;
