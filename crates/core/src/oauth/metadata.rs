//! Authorization server metadata (RFC 8414 §2) and its form for OpenID Connect (OpenID Connect Discovery §3): exactly what
//! works now.
//!
//! A member that is left out has a default, and several defaults would lie. Those are written out; a test goes through
//! the list of members with defaults.

use serde::Serialize;

use super::acr::Acr;
use super::authorize::ResponseMode;
use super::grant_type::GrantType;
use super::scope::SIGN_IN_SCOPES;
use super::user_claims::CLAIMS;
use crate::jose::Algorithm;
use crate::portal::application::SubjectType;

/// Claims of ID tokens that do not come of the person's profile.
const OWN_CLAIMS: &[&str] = &["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];

/// The document of one server.
#[derive(Debug, Serialize)]
pub struct Metadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    userinfo_endpoint: String,
    /// RFC 8628 §4.
    device_authorization_endpoint: String,
    end_session_endpoint: String,
    scopes_supported: Vec<&'a str>,
    response_types_supported: [&'static str; 1],
    /// Default `query` and `fragment`.
    response_modes_supported: [ResponseMode; 3],
    /// Default `authorization_code` and `implicit`.
    grant_types_supported: [GrantType; 4],
    code_challenge_methods_supported: [&'static str; 1],
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    /// Default `client_secret_basic` alone.
    token_endpoint_auth_methods_supported: [&'static str; 3],
    /// The same default. Public clients prove nothing, so they may not ask.
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    /// The same default.
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    /// Plain JSON unless an application wants one of them.
    userinfo_signing_alg_values_supported: [Algorithm; 3],
    subject_types_supported: [SubjectType; 2],
    id_token_signing_alg_values_supported: [Algorithm; 3],
    acr_values_supported: [Acr; 3],
    /// Initiating User Registration §5.
    prompt_values_supported: [&'static str; 4],
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Default true where a reader follows OpenID Connect Discovery.
    request_uri_parameter_supported: bool,
    /// Default false, as the next one (OpenID Connect Back-Channel Logout §2.2).
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    ui_locales_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    service_documentation: Option<&'a str>,
}

impl<'a> Metadata<'a> {
    /// Of the server with this issuer. `scopes` are those of its published APIs.
    pub fn new(issuer: &'a str, scopes: &'a [&'a str], service_documentation: Option<&'a str>) -> Self {
        Self {
            issuer,
            authorization_endpoint: format!("{issuer}/v1/authorize"),
            token_endpoint: format!("{issuer}/v1/token"),
            jwks_uri: format!("{issuer}/v1/keys"),
            introspection_endpoint: format!("{issuer}/v1/introspect"),
            revocation_endpoint: format!("{issuer}/v1/revoke"),
            userinfo_endpoint: format!("{issuer}/v1/userinfo"),
            device_authorization_endpoint: format!("{issuer}/v1/device/authorize"),
            end_session_endpoint: format!("{issuer}/v1/logout"),
            scopes_supported: SIGN_IN_SCOPES.iter().chain(scopes).copied().collect(),
            response_types_supported: ["code"],
            response_modes_supported: [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost],
            grant_types_supported: [
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
                GrantType::DeviceCode,
            ],
            code_challenge_methods_supported: ["S256"],
            authorization_response_iss_parameter_supported: true,
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            revocation_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            userinfo_signing_alg_values_supported: [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
            subject_types_supported: [SubjectType::Public, SubjectType::Pairwise],
            id_token_signing_alg_values_supported: [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
            acr_values_supported: [Acr::SingleFactor, Acr::TwoFactors, Acr::PhishingResistant],
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            claim_types_supported: ["normal"],
            claims_supported: OWN_CLAIMS.iter().copied().chain(CLAIMS.iter().map(|(name, _)| *name)).collect(),
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            ui_locales_supported: ["en"],
            service_documentation,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        let metadata = Metadata::new("https://a.example/oauth2/default", &["a:read"], Some("https://a.example/docs"));
        serde_json::to_value(metadata).expect("serializes")
    }

    #[test]
    fn says_exactly_what_works() {
        let mut document = document();
        let claims = document["claims_supported"].take();
        assert!(
            ["sub", "sid", "email", "phone_number"]
                .iter()
                .all(|name| claims.as_array().is_some_and(|all| all.contains(&json!(name))))
        );
        assert_eq!(
            document,
            json!({
                "issuer": "https://a.example/oauth2/default",
                "authorization_endpoint": "https://a.example/oauth2/default/v1/authorize",
                "token_endpoint": "https://a.example/oauth2/default/v1/token",
                "jwks_uri": "https://a.example/oauth2/default/v1/keys",
                "introspection_endpoint": "https://a.example/oauth2/default/v1/introspect",
                "revocation_endpoint": "https://a.example/oauth2/default/v1/revoke",
                "userinfo_endpoint": "https://a.example/oauth2/default/v1/userinfo",
                "device_authorization_endpoint": "https://a.example/oauth2/default/v1/device/authorize",
                "end_session_endpoint": "https://a.example/oauth2/default/v1/logout",
                "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "userinfo_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
                "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access", "a:read"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": [
                    "authorization_code",
                    "refresh_token",
                    "client_credentials",
                    "urn:ietf:params:oauth:grant-type:device_code",
                ],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "subject_types_supported": ["public", "pairwise"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
                "acr_values_supported": ["urn:gatehouse:acr:1fa", "urn:gatehouse:acr:2fa", "phr"],
                "prompt_values_supported": ["none", "login", "consent", "select_account"],
                "claim_types_supported": ["normal"],
                "claims_supported": null,
                "claims_parameter_supported": true,
                "request_parameter_supported": false,
                "request_uri_parameter_supported": false,
                "backchannel_logout_supported": true,
                "backchannel_logout_session_supported": true,
                "ui_locales_supported": ["en"],
                "service_documentation": "https://a.example/docs",
            })
        );
    }

    /// Every member of RFC 8414 §2, OpenID Connect Discovery §3 and their extensions whose absence means something
    /// else than "not supported".
    #[test]
    fn no_default_lies() {
        let document = document();
        for member in [
            "response_modes_supported",
            "grant_types_supported",
            "token_endpoint_auth_methods_supported",
            "introspection_endpoint_auth_methods_supported",
            "revocation_endpoint_auth_methods_supported",
            "request_uri_parameter_supported",
            "claims_parameter_supported",
            "authorization_response_iss_parameter_supported",
        ] {
            assert!(document.get(member).is_some(), "{member}");
        }
    }
}
