//! Authorization server metadata (RFC 8414), under both of its addresses:
//! `/.well-known/oauth-authorization-server/oauth2/{server}`, where §3.1 wants it, and
//! `/oauth2/{server}/.well-known/oauth-authorization-server`, where many clients look.

use gatehouse_core::oauth::metadata::Metadata;

use super::document::Document;

/// Seconds for which it may be kept: what a server can do changes with a new version, its scopes now and then.
const MAX_AGE: u64 = 900;

/// The document of a server. `scopes` are those of its published APIs; `portal_url` has no slash at its end.
///
/// # Errors
/// What serde says; none for texts.
pub fn document(issuer: &str, scopes: &[&str], portal_url: &str) -> Result<Document, serde_json::Error> {
    let documentation = format!("{portal_url}/docs");
    Document::json(&Metadata::new(issuer, scopes, Some(&documentation)), MAX_AGE)
}
