//! A document that is made once per change and answered many times: key lists and metadata.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::secret::SecretHash;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::error;

/// JSON with its strong entity tag (RFC 9110 §8.8.3) and how long it may be kept.
#[derive(Clone, Debug)]
pub struct Document {
    body: Bytes,
    etag: HeaderValue,
    cache_control: HeaderValue,
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
        Ok(Self {
            etag: header(format!("\"{digest}\"")),
            cache_control: header(format!("public, max-age={max_age}")),
            body: body.into(),
        })
    }

    /// Answers it, or 304 when the caller has it already. Every origin may read it.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let known = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .any(|tag| tag.trim() == "*" || tag.trim().trim_start_matches("W/").as_bytes() == self.etag.as_bytes());
        let mut response =
            if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(self.body.clone())) };
        let headers = response.headers_mut();
        if !known {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::CACHE_CONTROL, self.cache_control.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

/// The answer for a server that does not exist. Every origin may read it, like the document itself.
pub fn unknown_server(request_id: RequestId, portal_url: &str) -> Response {
    let text = "there is no authorization server of this name: compare the address with the portal's";
    let mut response = error::response(&OAuthError::invalid_request(text).with_status(404), request_id, portal_url);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
