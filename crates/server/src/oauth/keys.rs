//! `GET /oauth2/{server}/v1/keys`: the list of public keys (RFC 7517 §5).
//!
//! The next key is in it long before it signs and a retired one until its last token has expired, so that a rotation
//! fails no verification anywhere (`core::oauth::signing_key`).

use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::oauth::signing_key::{JWKS_MAX_AGE, ServerKey};
use gatehouse_core::time::Timestamp;
use serde::Serialize;

use super::document::Document;

/// The list of a server's keys, as it is published from `now` on.
///
/// # Errors
/// What serde says; none for keys.
pub fn document(keys: &[&ServerKey], now: Timestamp) -> Result<Document, serde_json::Error> {
    #[derive(Serialize)]
    struct KeySet<'a> {
        keys: Vec<&'a PublicJwk>,
    }
    let keys = keys.iter().filter(|key| key.is_published(now)).map(|key| &key.public).collect();
    Document::json(&KeySet { keys }, JWKS_MAX_AGE.as_secs())
}
