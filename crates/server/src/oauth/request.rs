//! Requests of clients at protocol endpoints: a form in the body of a POST, read within its bounds (RFC 6749 §3.2,
//! `security.md` I). One way for token, introspection and revocation.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::client_auth::{self, ClientCredentials};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::params::Params;
use gatehouse_core::time::Timestamp;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;

use super::call::Call;
use super::error::method_not_allowed;
use crate::state::AppState;

/// Longest body in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Parameters that belong into the body; in an address they would end in logs and histories (RFC 6749 §3.2).
const BODY_ONLY: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "grant_type",
    "scope",
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "username",
    "password",
    "access_token",
    "token",
];

/// A form that a client sent.
pub(super) struct Form {
    parts: Parts,
    body: Bytes,
}

impl Form {
    /// Reads it whole.
    ///
    /// # Errors
    /// `invalid_request`, with 413 and 415 where they fit.
    pub(super) async fn read(request: Request) -> Result<Self, OAuthError> {
        let (parts, body) = request.into_parts();
        nothing_in_query(parts.uri.query())?;
        form_body(&parts.headers)?;
        let body = read(&parts.headers, body).await?;
        Ok(Self { parts, body })
    }

    /// Its parameters.
    ///
    /// # Errors
    /// `invalid_request` for what two readers could see differently.
    pub(super) fn params(&self) -> Result<Params<'_>, OAuthError> {
        Params::parse(&self.body)
    }

    /// What the client presents.
    ///
    /// # Errors
    /// `invalid_request` for two ways at once, `invalid_client` for none.
    pub(super) fn credentials(&self, params: &Params<'_>) -> Result<ClientCredentials, OAuthError> {
        let authorization = self.parts.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        client_auth::parse(authorization, params)
    }

    /// Who sent it and when, for notes and throttles.
    pub(super) fn call(&self, request_id: RequestId, now: Timestamp) -> Call<'_> {
        Call { request_id, path: self.parts.uri.path(), peer: peer(&self.parts.extensions), now }
    }
}

/// An answer that nobody keeps.
pub(super) fn json(value: &impl Serialize) -> Response {
    let Ok(body) = serde_json::to_vec(value) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}

/// Any other method than POST.
pub async fn not_post(
    State(app): State<AppState>,
    Extension(request_id): Extension<RequestId>,
    method: Method,
) -> Response {
    let text = "this endpoint takes POST with the parameters in the body";
    let mut response = method_not_allowed(text, "POST", request_id, &app.config.portal_url);
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

/// There is nothing under this name.
pub(super) fn unknown_server() -> OAuthError {
    OAuthError::invalid_request("there is no authorization server of this name: compare the address with the portal's")
        .with_status(404)
}

/// The server is open to listed applications alone, and this is none of them.
pub(super) fn not_admitted() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "this application may not use this authorization server: ask its operator to let it",
    )
}

/// Nothing that belongs into the body.
pub(super) fn nothing_in_query(query: Option<&str>) -> Result<(), OAuthError> {
    let Some(query) = query else { return Ok(()) };
    let params = Params::parse(query.as_bytes())?;
    match params.first_of(BODY_ONLY) {
        Some(name) => Err(OAuthError::invalid_request(format!(
            "{name} was sent in the address: send all parameters in the body, and change the secret if it was among \
             them"
        ))),
        None => Ok(()),
    }
}

/// Whether a form is announced.
pub(super) fn form_body(headers: &HeaderMap) -> Result<(), OAuthError> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if is_form {
        return Ok(());
    }
    Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded: set Content-Type so")
        .with_status(415))
}

/// A body within its bound.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, OAuthError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LONGEST_BODY as u64) {
        return Err(too_large());
    }
    match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(OAuthError::invalid_request("the body ended early or came too slowly: send it whole")),
    }
}

fn too_large() -> OAuthError {
    OAuthError::invalid_request("the body is larger than 64 KiB: send only the parameters that are needed")
        .with_status(413)
}

/// The network address of the other end, as the listener saw it.
fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}
