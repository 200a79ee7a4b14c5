//! `/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`, each in both forms (RFC 8414 §3.1,
//! §5): inserted before the issuer's path, and appended to it, as OpenID Connect Discovery §4 and many clients have it.
//! It is one document, for every server does both.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get as get_method};
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::metadata::Metadata;
use http::HeaderMap;

use super::addressed::Addressed;
use super::document::{Document, not_get, unknown_server};
use crate::state::AppState;

/// Seconds for which it may be kept.
const MAX_AGE: u64 = 300;

/// What the addresses of the document take.
pub fn methods() -> MethodRouter<AppState> {
    get_method(get).fallback(not_get)
}

/// Answers the document.
pub async fn get(
    State(app): State<AppState>,
    Addressed(server): Addressed,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    match app.directory.server(&server) {
        Some(server) => server.metadata.respond(&headers),
        None => unknown_server(request_id, &app.config.portal_url),
    }
}

/// Where a server's document is.
pub fn paths(server_id: &str) -> [String; 4] {
    [
        format!("/oauth2/{server_id}/.well-known/oauth-authorization-server"),
        format!("/.well-known/oauth-authorization-server/oauth2/{server_id}"),
        format!("/oauth2/{server_id}/.well-known/openid-configuration"),
        format!("/.well-known/openid-configuration/oauth2/{server_id}"),
    ]
}

/// The document of one server; `scopes` are those of its published APIs.
///
/// # Errors
/// None for the values of this crate.
pub fn document(issuer: &str, scopes: &[&str], portal_url: &str) -> Result<Document, serde_json::Error> {
    let documentation = format!("{portal_url}/docs");
    Document::json(&Metadata::new(issuer, scopes, Some(&documentation)), MAX_AGE)
}
