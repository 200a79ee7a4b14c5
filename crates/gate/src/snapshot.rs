//! Everything the gate knows, as one value that is swapped at once. It needs nothing else to decide, so it goes on
//! when the database is away.

use std::collections::HashMap;
use std::sync::Arc;

use gatehouse_core::id::ApiId;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::admission::Admission;
use http::Method;

use crate::quota::Plan;
use crate::revocations::Revocations;
use crate::route::{RouteError, RouteTable, Target};

/// The gate's world. Its parts are shared, so that a change of one leaves the others where they are.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts up with every swap; 0 is the empty one that refuses everything.
    pub generation: u64,
    /// APIs and their routes.
    pub catalogue: Arc<Catalogue>,
    /// Revocations that have not expired.
    pub revocations: Arc<Revocations>,
    /// Calls per window where an entitlement raises the plan.
    pub overrides: Arc<QuotaOverrides>,
}

/// APIs by route.
#[derive(Debug, Default)]
pub struct Catalogue {
    apis: Vec<Arc<Api>>,
    routes: RouteTable,
}

/// An API behind the gate.
#[derive(Clone, Debug)]
pub struct Api {
    /// Its id.
    pub id: ApiId,
    /// Its name in addresses; the realm of challenges.
    pub slug: String,
    /// What `aud` of a token must hold.
    pub audience: String,
    /// What `iss` of a token must be.
    pub issuer: String,
    /// The issuer's public keys. Keep the same `Arc` while they do not change: verified tokens are remembered by it.
    pub keys: Arc<KeySet>,
    /// Whose tokens are taken: what the issuer is open to now.
    pub admission: Admission,
    /// Calls per window.
    pub plan: Plan,
    /// What is behind.
    pub upstream: Upstream,
    /// What it can do.
    pub operations: Vec<Operation>,
}

/// What is behind the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// A service of this process, by the name under which the gate was given it.
    InProcess(String),
}

/// One operation of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, with parameters as `{name}`.
    pub template: String,
    /// Any one of these suffices; all scopes of that one are needed. None at all: nobody may call.
    pub scopes: Vec<Vec<String>>,
}

/// Limits per API and client id.
#[derive(Clone, Debug, Default)]
pub struct QuotaOverrides {
    by_api: HashMap<ApiId, HashMap<String, u32>>,
}

impl Catalogue {
    /// Builds the routes. Operations that cannot be routed are left out and named.
    pub fn new(apis: Vec<Api>) -> (Self, Vec<(ApiId, RouteError)>) {
        let mut routes = RouteTable::default();
        let mut refused = Vec::new();
        for (place, api) in apis.iter().enumerate() {
            for (number, operation) in api.operations.iter().enumerate() {
                let target = Target { api: place, operation: number };
                if let Err(error) = routes.insert(&operation.method, &operation.template, target) {
                    refused.push((api.id, error));
                }
            }
        }
        (Self { apis: apis.into_iter().map(Arc::new).collect(), routes }, refused)
    }

    /// The routes.
    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The API and operation that a route leads to.
    pub(crate) fn target(&self, target: Target) -> Option<(&Arc<Api>, &Operation)> {
        let api = self.apis.get(target.api)?;
        Some((api, api.operations.get(target.operation)?))
    }

    /// The APIs.
    pub fn apis(&self) -> impl Iterator<Item = &Api> {
        self.apis.iter().map(|api| &**api)
    }
}

impl QuotaOverrides {
    /// Sets the limit of an application at an API.
    pub fn insert(&mut self, api: ApiId, client_id: String, limit: u32) {
        self.by_api.entry(api).or_default().insert(client_id, limit);
    }

    /// The plan as it holds for an application.
    pub(crate) fn plan(&self, api: &Api, client_id: &str) -> Plan {
        let limit = self.by_api.get(&api.id).and_then(|limits| limits.get(client_id));
        limit.map_or(api.plan, |&limit| Plan { limit, ..api.plan })
    }
}
