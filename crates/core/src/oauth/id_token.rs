//! The ID token (OpenID Connect Core §2, §3.1.3.6).

use aws_lc_rs::digest;
use serde::Serialize;
use serde_json::{Map, Value};

use super::acr::Acr;
use crate::identity::session::AuthenticationMethod;
use crate::jose::{Algorithm, base64url};

/// `typ` of an ID token.
pub const ID_TOKEN_TYPE: &str = "JWT";

/// The claims of an ID token.
#[derive(Debug, Serialize)]
pub struct IdToken<'a> {
    /// Issuer.
    pub iss: &'a str,
    /// The customer, as the application knows them.
    pub sub: &'a str,
    /// The application's client id.
    pub aud: &'a str,
    /// NumericDate.
    pub exp: i64,
    /// NumericDate.
    pub iat: i64,
    /// NumericDate: when the customer proved who they are.
    pub auth_time: i64,
    /// As the authorization request had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// How well.
    pub acr: Acr,
    /// By what (RFC 8176).
    pub amr: &'a [AuthenticationMethod],
    /// The session at this server, as a logout token names it (OpenID Connect Back-Channel Logout §2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
    /// Of the access token beside it.
    pub at_hash: &'a str,
    /// Claims that were asked for by name.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// `at_hash` (§3.1.3.6): the left half of the hash that goes with the algorithm, in base64url.
pub fn at_hash(alg: Algorithm, access_token: &str) -> String {
    let hash = match alg {
        Algorithm::Es256 | Algorithm::Rs256 => &digest::SHA256,
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        Algorithm::EdDsa => &digest::SHA512,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    base64url(&digest.as_ref()[..digest.as_ref().len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenID Connect Core, Appendix A.3.
    #[test]
    fn hash_as_in_the_specification() {
        assert_eq!(at_hash(Algorithm::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(Algorithm::EdDsa, "x").len(), 43);
    }
}
