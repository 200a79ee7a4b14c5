//! Operator keys: `Authorization: Bearer gh_ok_…` (RFC 6750 §2.1) on every call of the management API.
//!
//! The checksum is looked at before the database is, so that made-up keys cost nothing; a key is found by its hash and
//! compared in constant time; a revoked key is refused with the next call. Whoever fails too often in a minute is told
//! to wait, which never concerns a good key: an attacker behind the same address must not lock an operator out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gatehouse_core::id::{OperatorKeyId, RequestId};
use gatehouse_core::secret::{SecretHash, SecretKind, well_formed};
use gatehouse_gate::problem::{Challenge, Problem};
use gatehouse_store::db::DbError;
use gatehouse_store::operator_keys;
use http::request::Parts;
use http::{Extensions, HeaderMap, StatusCode, header};

use crate::actions::{Actor, ActorKind};
use crate::context::Context;
use crate::error::Refusal;
use crate::oauth::throttle::Throttle;

/// `last_used_at` is kept to the minute: a busy key would otherwise write with every call.
const LAST_USED_PRECISION_SECS: i64 = 60;

/// What the layer works with.
#[derive(Clone)]
pub struct Gatekeeper {
    ctx: Context,
    throttle: Arc<Throttle>,
}

impl Gatekeeper {
    /// Without failures so far.
    pub fn new(ctx: Context) -> Self {
        Self { ctx, throttle: Arc::default() }
    }
}

/// The layer: lets a request with a good key pass, with its [`Actor`] in the extensions.
pub async fn authenticate(State(keeper): State<Gatekeeper>, mut request: Request, next: Next) -> Response {
    let address = peer(request.extensions());
    let found = match presented(request.headers()) {
        Ok(hash) => look_up(&keeper.ctx, hash).await,
        Err(refused) => Ok(Err(refused)),
    };
    let key = match found {
        Ok(Ok(key)) => key,
        Ok(Err(refused)) => return refuse(&keeper, address, refused).into_response(),
        Err(error) => return Refusal::from(error).into_response(),
    };
    let actor = Actor {
        kind: ActorKind::Operator(key),
        request_id: request.extensions().get::<RequestId>().copied(),
        address: address.map(|address| address.to_string()),
    };
    request.extensions_mut().insert(actor);
    next.run(request).await
}

/// Why a call carries no good key. An unknown and a revoked key are not told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unauthenticated {
    Missing,
    Malformed,
    Unknown,
}

fn refuse(keeper: &Gatekeeper, address: Option<IpAddr>, why: Unauthenticated) -> Refusal {
    if let Some(seconds) = keeper.throttle.failed("", address, keeper.ctx.now()) {
        let detail = "Too many calls without a good operator key from this address. Wait, then try again.";
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
            .with_retry_after(seconds.into())
            .into();
    }
    let (error, detail) = match why {
        Unauthenticated::Missing => (None, "Send an operator key: Authorization: Bearer gh_ok_…"),
        Unauthenticated::Malformed => {
            (Some("invalid_token"), "The Authorization header does not hold one operator key: Bearer gh_ok_…")
        }
        Unauthenticated::Unknown => (Some("invalid_token"), "The operator key is not known here or was revoked."),
    };
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
        .with_challenge(Challenge { realm: "manage", error, ..Challenge::default() })
        .into()
}

/// The hash of the key in the one `Authorization` header.
fn presented(headers: &HeaderMap) -> Result<SecretHash, Unauthenticated> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Unauthenticated::Missing)?;
    if values.next().is_some() {
        return Err(Unauthenticated::Malformed);
    }
    let text = value.to_str().map_err(|_| Unauthenticated::Malformed)?;
    let (scheme, key) = text.split_once(' ').ok_or(Unauthenticated::Malformed)?;
    let key = key.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || !well_formed(SecretKind::OperatorKey, key) {
        return Err(Unauthenticated::Malformed);
    }
    Ok(SecretHash::of(key))
}

async fn look_up(ctx: &Context, hash: SecretHash) -> Result<Result<OperatorKeyId, Unauthenticated>, DbError> {
    let found = ctx.db.read(async move |tx| operator_keys::find_by_hash(tx, hash).await).await?;
    let Some((key, stored)) = found else { return Ok(Err(Unauthenticated::Unknown)) };
    if stored != hash || !key.is_active() {
        return Ok(Err(Unauthenticated::Unknown));
    }
    let now = ctx.now();
    let before = now.plus_secs(-LAST_USED_PRECISION_SECS);
    if key.last_used_at.is_none_or(|last| last <= before) {
        let id = key.id;
        let noted = ctx.db.write(async move |tx| operator_keys::note_use(tx, id, now, before).await).await;
        if let Err(error) = noted {
            // What the call asks for may still be possible: reading does not need the writer.
            tracing::warn!(operator_key.id = %id, %error, "operator_key.last_used_not_noted");
        }
    }
    Ok(Ok(key.id))
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// Handlers get who acts; behind the layer there always is somebody.
impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::internal().into())
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;
    use gatehouse_core::secret::mint;

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, http::HeaderValue::from_bytes(value).expect("a header value"));
        }
        headers
    }

    #[test]
    fn reads_one_well_formed_key() {
        let key = mint("gh", SecretKind::OperatorKey, &SeededRandom::new(1));
        let key = key.expose();
        for good in [format!("Bearer {key}"), format!("bearer  {key}"), format!("BEARER {key}")] {
            assert_eq!(presented(&headers(&[good.as_bytes()])), Ok(SecretHash::of(key)), "{good}");
        }
        let client_secret = mint("gh", SecretKind::ClientSecret, &SeededRandom::new(1));
        let bad = [
            key.to_owned(),
            format!("Basic {key}"),
            format!("Bearer {key}x"),
            format!("Bearer\t{key}"),
            format!("Bearer {} {key}", &key[..5]),
            format!("Bearer {}", &key[..key.len() - 1]),
            format!("Bearer {}", client_secret.expose()),
            "Bearer ".to_owned(),
            "Bearer é".to_owned(),
        ];
        for bad in bad {
            assert_eq!(presented(&headers(&[bad.as_bytes()])), Err(Unauthenticated::Malformed), "{bad}");
        }
        let good = format!("Bearer {key}");
        let twice = headers(&[good.as_bytes(), good.as_bytes()]);
        assert_eq!(presented(&twice), Err(Unauthenticated::Malformed));
        assert_eq!(presented(&HeaderMap::new()), Err(Unauthenticated::Missing));
    }
}
