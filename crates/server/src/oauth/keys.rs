//! `GET /oauth2/{server}/v1/keys`: the public keys of a server as a JWK set (RFC 7517 §5).
//!
//! The next key is among them long before it signs, so that a verifier that keeps the list for `max-age` never meets a
//! key that it does not know.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::oauth::signing_key::{JWKS_MAX_AGE, ServerKey};
use gatehouse_core::time::Timestamp;
use http::HeaderMap;
use serde::Serialize;

use super::addressed::Addressed;
use super::document::{Document, unknown_server};
use crate::state::AppState;

#[derive(Serialize)]
struct JwkSet<'a> {
    keys: Vec<&'a PublicJwk>,
}

/// Answers the key list.
pub async fn get(
    State(app): State<AppState>,
    Addressed(server): Addressed,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    match app.directory.server(&server) {
        Some(server) => server.keys.respond(&headers),
        None => unknown_server(request_id, &app.config.portal_url),
    }
}

/// Where a server's list is.
pub fn path(server_id: &str) -> String {
    format!("/oauth2/{server_id}/v1/keys")
}

/// The list of those among `keys` that verifiers may need now.
///
/// # Errors
/// None for well-formed keys.
pub fn document(keys: &[&ServerKey], now: Timestamp) -> Result<Document, serde_json::Error> {
    let keys = keys.iter().filter(|key| key.is_published(now)).map(|key| &key.public).collect();
    Document::json(&JwkSet { keys }, JWKS_MAX_AGE.as_secs())
}
