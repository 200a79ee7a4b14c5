//! The decision about one call, on values: the snapshot, the head of the request, the time.
//!
//! In this order, so that each refusal tells only what the caller may know by then: path and method (public in the
//! catalogue) → token → quota → scope. From the token on the call is authenticated: it counts, and every answer
//! carries the quota's headers.

use std::sync::Arc;

use gatehouse_core::jose::verify::{KeySet, LONGEST_TOKEN};
use gatehouse_core::oauth::claims::ACCESS_TOKEN_TYPE;
use gatehouse_core::oauth::revocation::CLOCK_SKEW;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;
use http::request::Parts;

use crate::cache::Cache;
use crate::path::Path;
use crate::presented;
use crate::proxy;
use crate::quota::{Quotas, Standing, Verdict};
use crate::refusal::{Refusal, TokenFault};
use crate::route::Lookup;
use crate::snapshot::{Api, Operation, Snapshot};
use crate::verified::Verified;

/// A call that may go on.
pub(crate) struct Admitted {
    pub(crate) api: Arc<Api>,
    /// Exactly what was matched.
    pub(crate) path: String,
    pub(crate) token: Arc<Verified>,
    pub(crate) standing: Standing,
}

/// A call that may not, with as much as is known of it.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) api: Option<Arc<Api>>,
    /// Known once the signature is good, also when the rest is not.
    pub(crate) token: Option<Arc<Verified>>,
    /// Known once the token is good: from there on the call counts.
    pub(crate) standing: Option<Standing>,
}

/// Decides.
pub(crate) fn check(
    snapshot: &Snapshot,
    cache: &Cache,
    quotas: &Quotas,
    request: &Parts,
    now: Timestamp,
) -> Result<Admitted, Refused> {
    if snapshot.generation == 0 {
        return Err(Refused::early(Refusal::NotReady));
    }
    if proxy::announces_too_much(&request.method, &request.headers) {
        return Err(Refused::early(Refusal::TooLarge));
    }
    let path = Path::parse(request.uri.path()).map_err(|error| Refused::early(Refusal::Path(error)))?;
    let (api, operation) = route(snapshot, request, &path).map_err(Refused::early)?;
    let token = authenticate(snapshot, cache, api, request, now).map_err(|(refusal, token)| Refused {
        api: Some(Arc::clone(api)),
        token,
        ..Refused::early(refusal)
    })?;
    let verdict = quotas.take(&token.client_id, api.id, snapshot.overrides.plan(api, &token.client_id), now);
    let refused = |refusal| Refused {
        refusal,
        api: Some(Arc::clone(api)),
        token: Some(Arc::clone(&token)),
        standing: Some(verdict.standing()),
    };
    if let Verdict::Exceeded(standing) = verdict {
        return Err(refused(Refusal::Quota(standing)));
    }
    if !operation.allows(&token.scopes) {
        return Err(refused(Refusal::Scope(operation.scopes.iter().map(|names| names.join(" ")).collect())));
    }
    Ok(Admitted { api: Arc::clone(api), path: path.as_str().to_owned(), standing: verdict.standing(), token })
}

fn route<'a>(
    snapshot: &'a Snapshot,
    request: &Parts,
    path: &Path<'_>,
) -> Result<(&'a Arc<Api>, &'a Operation), Refusal> {
    match snapshot.catalogue.routes().find(&request.method, path) {
        Lookup::Found(target) => snapshot.catalogue.target(target).ok_or(Refusal::NotFound),
        Lookup::MethodNotAllowed(allow) => Err(Refusal::MethodNotAllowed(allow)),
        Lookup::NotFound => Err(Refusal::NotFound),
    }
}

/// RFC 9068 §4: signature, type, issuer, audience, time; then revocations. A refusal goes with the token when it is one
/// of this issuer's.
fn authenticate(
    snapshot: &Snapshot,
    cache: &Cache,
    api: &Api,
    request: &Parts,
    now: Timestamp,
) -> Result<Arc<Verified>, (Refusal, Option<Arc<Verified>>)> {
    let text = presented::find(&request.headers, request.uri.query()).map_err(|refusal| (refusal, None))?;
    let token = verify(cache, &api.keys, text).map_err(|fault| (Refusal::Token(fault), None))?;
    if token.issuer != api.issuer {
        return Err((Refusal::Token(TokenFault::NotValid), None));
    }
    let fault = if now >= token.expires.plus(CLOCK_SKEW) {
        TokenFault::Expired
    } else if now.plus(CLOCK_SKEW) < token.begins {
        TokenFault::NotYet
    } else if !token.audiences.contains(&api.audience) {
        TokenFault::Audience
    } else if snapshot.revocations.cover(&token, &api.audience) || !api.admission.admits(&token.client_id) {
        TokenFault::Revoked
    } else {
        return Ok(token);
    };
    Err((Refusal::Token(fault), Some(token)))
}

/// Checks the signature, or finds that this key set has checked it before.
pub(crate) fn verify(cache: &Cache, keys: &Arc<KeySet>, text: &str) -> Result<Arc<Verified>, TokenFault> {
    if text.len() > LONGEST_TOKEN {
        return Err(TokenFault::NotValid);
    }
    let hash = SecretHash::of(text);
    if let Some(known) = cache.get(&hash, keys) {
        return Ok(known);
    }
    let claims = keys.verify(text, ACCESS_TOKEN_TYPE).map_err(|error| {
        tracing::debug!(%error, "gate.token_not_valid");
        TokenFault::NotValid
    })?;
    let verified = Arc::new(Verified::parse(&claims).ok_or(TokenFault::NotValid)?);
    cache.insert(&hash, keys, &verified);
    Ok(verified)
}

impl Operation {
    fn allows(&self, have: &[String]) -> bool {
        self.scopes.iter().any(|needed| needed.iter().all(|name| have.contains(name)))
    }
}

impl Refused {
    fn early(refusal: Refusal) -> Self {
        Self { refusal, api: None, token: None, standing: None }
    }
}
