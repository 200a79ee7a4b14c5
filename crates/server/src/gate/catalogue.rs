//! Turns rows into what the gate routes by. What cannot be routed is left out and logged: a mistake in one API's
//! document must not take the others down, and must not open anything either.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::id::ApiId;
use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::admission::Admission;
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_core::oauth::signing_key::ServerKey;
use gatehouse_core::portal::api::{self, ApiVersion, TokenFormat};
use gatehouse_core::portal::openapi;
use gatehouse_core::time::Timestamp;
use gatehouse_gate::quota::Plan;
use gatehouse_gate::{Api, Catalogue, Operation, Upstream};
use http::Method;

/// What the catalogue is built from.
pub(super) struct Rows {
    /// Published ones.
    pub(super) apis: Vec<api::Api>,
    /// Published and deprecated ones, the oldest first.
    pub(super) versions: Vec<ApiVersion>,
    /// Of all servers.
    pub(super) keys: Vec<ServerKey>,
    /// Of the servers that are not open to all.
    pub(super) admissions: HashMap<ServerId, Admission>,
}

/// `issuer_url`: what issuers begin with. Key sets that have not changed are taken over from `before`, since the gate
/// remembers verified tokens by them.
pub(super) fn build(rows: &Rows, issuer_url: &str, before: &Catalogue, now: Timestamp) -> Catalogue {
    let mut key_sets: HashMap<&ServerId, Arc<KeySet>> = HashMap::new();
    let mut apis = Vec::new();
    for row in &rows.apis {
        let Some(upstream) = upstream(row) else { continue };
        let issuer = format!("{issuer_url}/oauth2/{}", row.server_id.as_str());
        let keys =
            key_sets.entry(&row.server_id).or_insert_with(|| key_set(rows, &row.server_id, (&issuer, before), now));
        apis.push(Api {
            id: row.id,
            slug: row.slug.clone(),
            audience: row.audience.clone(),
            issuer,
            keys: Arc::clone(keys),
            admission: rows.admissions.get(&row.server_id).cloned().unwrap_or_default(),
            plan: plan(row.plan),
            upstream,
            operations: operations(&rows.versions, row.id),
        });
    }
    let (catalogue, refused) = Catalogue::new(apis);
    for (api, error) in refused {
        tracing::error!(api.id = %api, %error, "gate.route_left_out");
    }
    catalogue
}

/// `None` for an API that is only described here, or whose tokens the gate cannot read.
fn upstream(api: &api::Api) -> Option<Upstream> {
    if api.token_format == TokenFormat::Opaque {
        tracing::error!(api.id = %api.id, "gate.opaque_tokens_are_not_read_yet");
        return None;
    }
    api.upstream.as_ref().map(|upstream| Upstream::InProcess(upstream.to_string()))
}

fn key_set(rows: &Rows, server: &ServerId, (issuer, before): (&str, &Catalogue), now: Timestamp) -> Arc<KeySet> {
    let published = rows.keys.iter().filter(|key| key.server_id == *server && key.is_published(now));
    let keys: Vec<PublicJwk> = published.map(|key| key.public.clone()).collect();
    let known = before.apis().find(|api| api.issuer == issuer && api.keys.is_of(keys.iter().map(PublicJwk::kid)));
    if let Some(known) = known {
        return Arc::clone(&known.keys);
    }
    Arc::new(KeySet::new(&keys).unwrap_or_else(|error| {
        // Without keys every token is refused.
        tracing::error!(server.id = server.as_str(), %error, "gate.keys_unreadable");
        KeySet::default()
    }))
}

/// Limits and windows are positive and bounded where they are written.
fn plan(plan: api::Plan) -> Plan {
    Plan {
        limit: u32::try_from(plan.limit).unwrap_or(0),
        window: Duration::from_secs(u64::try_from(plan.window).unwrap_or(1)),
    }
}

/// Of all served versions. Where two describe the same operation, the newest one's scopes hold.
fn operations(versions: &[ApiVersion], api: ApiId) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for version in versions.iter().rev().filter(|version| version.api_id == api) {
        let document = match openapi::parse(&version.document) {
            Ok(document) => document,
            Err(error) => {
                tracing::error!(version.id = %version.id, ?error, "gate.document_unreadable");
                continue;
            }
        };
        for operation in document.operations {
            let (method, template) = (method(operation.method), operation.path_template);
            if !operations.iter().any(|known| known.method == method && known.template == template) {
                operations.push(Operation { method, template, scopes: operation.any_of_scopes });
            }
        }
    }
    operations
}

fn method(method: openapi::Method) -> Method {
    match method {
        openapi::Method::Get => Method::GET,
        openapi::Method::Head => Method::HEAD,
        openapi::Method::Post => Method::POST,
        openapi::Method::Put => Method::PUT,
        openapi::Method::Patch => Method::PATCH,
        openapi::Method::Delete => Method::DELETE,
        openapi::Method::Options => Method::OPTIONS,
    }
}

#[cfg(test)]
mod tests;
