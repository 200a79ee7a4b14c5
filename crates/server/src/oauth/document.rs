//! A document that is made once per change and answered many times: key lists and metadata.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::secret::SecretHash;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use serde::Serialize;

use super::error;
use crate::hosts::is_for;
use crate::state::AppState;

/// JSON with its strong entity tag (RFC 9110 §8.8.3) and how long it may be kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Document(Arc<Prepared>);

/// Both answers, so that a request only copies them.
#[derive(Debug)]
struct Prepared {
    body: Bytes,
    etag: HeaderValue,
    whole: HeaderMap,
    not_modified: HeaderMap,
}

impl Document {
    /// Serializes `value`. `max_age` is in seconds.
    ///
    /// # Errors
    /// What serde says; none for the documents of this crate.
    pub fn json(value: &impl Serialize, max_age: u64) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_string(value)?;
        let digest = URL_SAFE_NO_PAD.encode(SecretHash::of(&body).as_bytes());
        let header = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("no-store"));
        let etag = header(format!("\"{digest}\""));
        let not_modified = HeaderMap::from_iter([
            (header::ETAG, etag.clone()),
            (header::CACHE_CONTROL, header(format!("public, max-age={max_age}"))),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        ]);
        let mut whole = not_modified.clone();
        whole.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self(Arc::new(Prepared { body: body.into(), etag, whole, not_modified })))
    }

    /// Answers it, or 304 when the caller has it already. Every origin may read it.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let known = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .any(|tag| tag.trim() == "*" || tag.trim().trim_start_matches("W/").as_bytes() == self.0.etag.as_bytes());
        if known {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = self.0.not_modified.clone();
            return response;
        }
        let mut response = Response::new(Body::from(self.0.body.clone()));
        *response.headers_mut() = self.0.whole.clone();
        response
    }
}

/// The documents by their whole path, asked before the route table: finding its handler takes longer than answering.
/// The table's handlers answer whatever is not found here (another method, another spelling, no such server), from
/// the same [`Document`], so that it makes no difference for the caller which of the two answers.
#[derive(Clone)]
pub struct Documents {
    app: AppState,
    /// Where issuers have a host of their own.
    issuer_url: Option<String>,
}

impl Documents {
    /// Those of a node.
    pub fn of(app: &AppState) -> Self {
        let config = &app.config;
        let one_host = config.portal_url == config.issuer_url && config.issuer_url == config.api_url;
        Self { app: app.clone(), issuer_url: (!one_host).then(|| config.issuer_url.clone()) }
    }

    /// The answer, if the request is a GET of a document.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Option<Response> {
        if request.method() != Method::GET {
            return None;
        }
        let document = self.app.directory.document(request.uri().path())?;
        let here = self.issuer_url.as_ref().is_none_or(|issuer_url| is_for(request, issuer_url));
        here.then(|| document.respond(request.headers()))
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("issuer_url", &self.issuer_url).finish_non_exhaustive()
    }
}

/// Any other method than GET and HEAD.
pub async fn not_get(State(app): State<AppState>, Extension(request_id): Extension<RequestId>) -> Response {
    let text = "this document is read with GET";
    let mut response = error::method_not_allowed(text, "GET, HEAD", request_id, &app.config.portal_url);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The answer for a server that does not exist. Every origin may read it, like the document itself.
pub fn unknown_server(request_id: RequestId, portal_url: &str) -> Response {
    let text = "there is no authorization server of this name: compare the address with the portal's";
    let mut response = error::response(&OAuthError::invalid_request(text).with_status(404), request_id, portal_url);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
