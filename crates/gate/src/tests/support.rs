//! A gate in front of one API, and an upstream that tells what reached it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use gatehouse_core::id::{ApiId, uuid_v7};
use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::sign::{SigningKey, jwt};
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::admission::Admission;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::{FixedClock, Timestamp};
use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::problem::ErrorPages;
use crate::quota::Plan;
use crate::{
    Api, Caller, Catalogue, Gate, Operation, Origin, QuotaOverrides, Revocations, Snapshot, Upstream, Upstreams,
};

pub(super) const ISSUER: &str = "http://localhost/oauth2/default";
pub(super) const AUDIENCE: &str = "https://things.example";

pub(super) struct World {
    pub(super) gate: Gate,
    pub(super) clock: Arc<FixedClock>,
    pub(super) api: ApiId,
}

pub(super) fn start() -> Timestamp {
    Timestamp::from_millis(1_795_345_500_250)
}

/// So many milliseconds after the start.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(start().as_millis() + millis)
}

/// The server's key, made once.
pub(super) fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::Es256).expect("a key"))
}

pub(super) fn key_set(key: &SigningKey) -> Arc<KeySet> {
    Arc::new(KeySet::new(&[key.public_jwk().clone()]).expect("a key set"))
}

impl World {
    pub(super) fn empty() -> Self {
        let clock = Arc::new(FixedClock::at(start()));
        let upstreams = Upstreams::default().with("things", upstream());
        let gate = Gate::new(
            upstreams,
            Origin::Shared,
            ErrorPages::of("https://portal.example"),
            clock.clone(),
            Arc::new(SeededRandom::new(5)),
        );
        Self { gate, clock, api: ApiId::new(start(), &SeededRandom::new(1)) }
    }

    pub(super) fn new() -> Self {
        let world = Self::empty();
        world.install(key_set(key()), Revocations::default());
        world
    }

    pub(super) fn install(&self, keys: Arc<KeySet>, revocations: Revocations) {
        let (catalogue, refused) = Catalogue::new(vec![things(self.api, keys)]);
        assert_eq!(refused, []);
        let mut overrides = QuotaOverrides::default();
        overrides.insert(self.api, "client-2".to_owned(), 6_000);
        self.gate.install(Snapshot {
            generation: self.gate.snapshot().generation + 1,
            catalogue: Arc::new(catalogue),
            revocations: Arc::new(revocations),
            overrides: Arc::new(overrides),
        });
    }

    /// A token of `client-1`, with claims changed; null takes one out.
    pub(super) fn token(&self, changes: &Value) -> String {
        jwt(key(), "at+jwt", &claims(changes)).expect("signs")
    }

    pub(super) fn get(&self, uri: &str) -> Call<'_> {
        self.request(Method::GET, uri)
    }

    pub(super) fn request(&self, method: Method, uri: &str) -> Call<'_> {
        let mut request = Request::new(axum::body::Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = uri.parse().expect(uri);
        Call { gate: &self.gate, request }.header("host", "localhost").header("accept", "*/*")
    }
}

pub(super) fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "client-1", "aud": AUDIENCE, "exp": start().as_secs() + 3_600,
        "iat": start().as_secs(), "nbf": start().as_secs(), "jti": uuid_v7(start(), [7; 10]).to_string(),
        "client_id": "client-1", "scope": "things:read", "ver": 1, "cid": "client-1", "gid": "sec_1",
    });
    let object = claims.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            object.remove(name)
        } else {
            object.insert(name.clone(), value.clone())
        };
    }
    claims
}

pub(super) struct Call<'a> {
    gate: &'a Gate,
    request: Request,
}

pub(super) struct Sent {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Call<'_> {
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.headers_mut().append(name, value.parse().expect("a header value"));
        self
    }

    pub(super) fn token(self, token: &str) -> Self {
        self.header("token", token)
    }

    pub(super) fn body(mut self, body: &str) -> Self {
        *self.request.body_mut() = body.to_owned().into();
        self
    }

    pub(super) async fn send(self) -> Sent {
        let (parts, body) = self.gate.call(self.request).await.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Sent { status: parts.status, headers: parts.headers, body }
    }
}

impl Sent {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(super) fn request_id(&self) -> &str {
        self.header("x-request-id")
    }
}

fn things(id: ApiId, keys: Arc<KeySet>) -> Api {
    let either = vec![vec!["things:read".to_owned()], vec!["all.read".to_owned()]];
    let operation = |method, template: &str, scopes: &Vec<Vec<String>>| Operation {
        method,
        template: template.to_owned(),
        scopes: scopes.clone(),
    };
    Api {
        id,
        slug: "things".to_owned(),
        audience: AUDIENCE.to_owned(),
        issuer: ISSUER.to_owned(),
        keys,
        admission: Admission::All,
        plan: Plan { limit: 10, window: Duration::from_secs(60) },
        upstream: Upstream::InProcess("things".to_owned()),
        operations: vec![
            operation(Method::GET, "/v2/things", &either),
            operation(Method::POST, "/v2/things", &either),
            operation(Method::GET, "/v2/things/{id}", &either),
            operation(Method::GET, "/v2/both", &vec![either.concat()]),
            operation(Method::GET, "/v2/closed", &vec![]),
        ],
    }
}

fn upstream() -> Router {
    Router::new()
        .route("/v2/things", get(echo).post(echo))
        .route("/v2/both", get(echo))
        .route("/v2/things/{id}", get(thing))
}

async fn thing(Path(id): Path<String>, request: Request) -> Response {
    if id == "missing" { StatusCode::NOT_FOUND.into_response() } else { echo(request).await }
}

async fn echo(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let caller = parts.extensions.get::<Caller>().expect("the gate names the caller");
    let mut headers: Vec<&str> = parts.headers.keys().map(http::HeaderName::as_str).collect();
    headers.sort_unstable();
    let seen = json!({
        "uri": parts.uri.to_string(), "method": parts.method.as_str(), "client_id": &*caller.client_id,
        "subject": &*caller.subject, "on_behalf_of": format!("{:?}", caller.on_behalf_of), "scopes": &*caller.scopes,
        "request_id": caller.request_id, "headers": headers, "body": body.to_bytes().len(),
    });
    ([("set-cookie", "a=b"), ("x-ratelimit-limit", "1"), ("cache-control", "public")], Json(seen)).into_response()
}
