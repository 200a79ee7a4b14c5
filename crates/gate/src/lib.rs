//! The data plane of Gatehouse: match route → check token → quota → forward. Works from a [`Snapshot`] value and never
//! asks a database, so it goes on when that is away. Without a snapshot it refuses everything.
//!
//! No tracing span per request: refusals write one line at `debug`, calls that pass write none.

mod cache;
pub mod caller;
mod check;
mod headers;
pub mod path;
mod presented;
pub mod problem;
mod proxy;
pub mod quota;
mod refusal;
pub mod refused_calls;
mod revocations;
pub mod route;
mod sharded;
mod snapshot;
mod totals;
pub mod usage;
pub mod verified;
mod why;

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Body;
use gatehouse_core::id::RequestId;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::random::Random;
use gatehouse_core::time::{Clock, Timestamp};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};

use cache::Cache;
pub use caller::{Caller, OnBehalfOf};
use check::{Admitted, Refused};
pub use headers::Origin;
pub use presented::TOKEN;
use problem::ErrorPages;
pub use proxy::Upstreams;
use quota::Quotas;
use refused_calls::{RefusedCall, RefusedCalls};
pub use revocations::Revocations;
pub use snapshot::{Api, Catalogue, Operation, QuotaOverrides, Snapshot, Upstream};
pub use totals::CallTotals;
use totals::Totals;
use usage::{Outcome, Usage};
pub use verified::Verified;

/// The word in the list of refused calls for what the API behind the gate answered.
const API_ERROR: &str = "api_error";

/// The gate. Shared by all requests.
pub struct Gate {
    snapshot: ArcSwap<Snapshot>,
    upstreams: Upstreams,
    origin: Origin,
    pages: ErrorPages,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    cache: Cache,
    quotas: Quotas,
    usage: Usage,
    refused_calls: RefusedCalls,
    totals: Totals,
}

impl Gate {
    /// A gate that refuses everything until it is given a snapshot.
    pub fn new(
        upstreams: Upstreams,
        origin: Origin,
        pages: ErrorPages,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            snapshot: ArcSwap::default(),
            upstreams,
            origin,
            pages,
            clock,
            random,
            cache: Cache::default(),
            quotas: Quotas::default(),
            usage: Usage::default(),
            refused_calls: RefusedCalls::default(),
            totals: Totals::default(),
        }
    }

    /// Swaps the gate's world. Calls under way finish with the old one.
    pub fn install(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
    }

    /// What it works from.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Calls since they were last drained.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Refused calls of known applications since they were last drained.
    pub fn refused_calls(&self) -> &RefusedCalls {
        &self.refused_calls
    }

    /// Calls since the start.
    pub fn totals(&self) -> CallTotals {
        self.totals.read()
    }

    /// Verified tokens in memory.
    pub fn cached_tokens(&self) -> usize {
        self.cache.len()
    }

    /// Quota windows in memory.
    pub fn open_windows(&self) -> usize {
        self.quotas.open_windows()
    }

    /// What these keys prove of an access token: checked once and remembered together with the tokens of calls. Nothing
    /// else is decided: whoever asks looks at issuer, time and revocations.
    pub fn verify(&self, keys: &Arc<KeySet>, token: &str) -> Option<Arc<Verified>> {
        check::verify(&self.cache, keys, token).ok()
    }

    /// Whether a path is the gate's to answer; anything else belongs to our own pages.
    pub fn is_ours(&self, path: &str) -> bool {
        self.snapshot.load().catalogue.routes().is_ours(path)
    }

    /// Answers one call. Takes the request id from the extensions when an outer layer has made one.
    pub async fn call(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let now = self.clock.now();
        let request_id = parts.extensions.get::<RequestId>().copied();
        let request_id = request_id.unwrap_or_else(|| RequestId::new(now, &*self.random));
        let (mut response, standing) = match self.admit(&parts, now) {
            Ok(admitted) => {
                let method = parts.method.clone();
                let mut response = self.upstreams.forward(&admitted, parts, body, (request_id, &self.pages)).await;
                headers::clean_response(response.headers_mut(), self.origin);
                if response.status().is_client_error() || response.status().is_server_error() {
                    self.note_answer(&admitted, (method, response.status()), request_id, now);
                }
                (response, Some(admitted.standing))
            }
            Err(refused) => {
                self.note(&refused, &parts, request_id, now);
                (refused.answer(request_id, &self.pages), refused.standing)
            }
        };
        headers::finish(response.headers_mut(), problem::request_id_value(request_id), standing);
        response
    }

    /// Decides and counts. The snapshot is let go before the upstream is asked, so that a slow call holds no old one.
    fn admit(&self, request: &Parts, now: Timestamp) -> Result<Admitted, Refused> {
        let decision = check::check(&self.snapshot.load(), &self.cache, &self.quotas, request, now);
        match &decision {
            Ok(admitted) => {
                self.totals.forwarded();
                self.usage.count(&admitted.token.client_id, admitted.api.id, Outcome::Forwarded, now);
            }
            Err(refused) => {
                self.totals.refused(refused.refusal.reason());
                if let (Some(api), Some(token), Some(_)) = (&refused.api, &refused.token, &refused.standing) {
                    self.usage.count(&token.client_id, api.id, Outcome::Refused, now);
                }
            }
        }
        decision
    }

    /// For the owners of the application, when it is known.
    fn note(&self, refused: &Refused, request: &Parts, request_id: RequestId, now: Timestamp) {
        let (Some(token), Some(reason)) = (&refused.token, why::why(refused, now)) else { return };
        let problem = refused.refusal.problem("");
        self.refused_calls.note(RefusedCall {
            client_id: Arc::clone(&token.client_id),
            standing: refused_calls::Standing::Proved,
            request_id,
            at: now,
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            status: problem.status(),
            code: problem.code(),
            reason,
        });
    }

    /// Counts and notes that the API answered with an error.
    fn note_answer(
        &self,
        admitted: &Admitted,
        (method, status): (Method, StatusCode),
        request_id: RequestId,
        now: Timestamp,
    ) {
        let client_id = &admitted.token.client_id;
        self.usage.count_failed(client_id, admitted.api.id, now);
        self.refused_calls.note(RefusedCall {
            client_id: Arc::clone(client_id),
            standing: refused_calls::Standing::PassedOn,
            request_id,
            at: now,
            method,
            path: admitted.path.clone(),
            status,
            code: API_ERROR,
            reason: why::answered(status),
        });
    }
}

impl Refused {
    fn answer(&self, request_id: RequestId, pages: &ErrorPages) -> Response<Body> {
        let realm = self.api.as_ref().map_or("", |api| api.slug.as_str());
        tracing::debug!(
            gate.api = realm,
            gate.client_id = self.token.as_ref().map_or("", |token| &*token.client_id),
            gate.reason = self.refusal.reason(),
            %request_id,
            "gate.refused"
        );
        self.refusal.problem(realm).into_response(request_id, pages)
    }
}

#[cfg(test)]
mod tests;
