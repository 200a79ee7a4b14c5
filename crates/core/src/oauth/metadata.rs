//! Authorization server metadata (RFC 8414 §2): exactly what works now.
//!
//! A member that is left out has a default, and several defaults would lie. Those are written out; a test goes through
//! the list of members with defaults.

use serde::Serialize;

use super::grant_type::GrantType;

/// The document of one server.
#[derive(Debug, Serialize)]
pub struct Metadata<'a> {
    issuer: &'a str,
    token_endpoint: String,
    jwks_uri: String,
    scopes_supported: &'a [&'a str],
    /// Required by RFC 8414. No response type works, since there is no authorization endpoint yet.
    response_types_supported: [&'static str; 0],
    /// Default `query` and `fragment`.
    response_modes_supported: [&'static str; 0],
    /// Default `authorization_code` and `implicit`.
    grant_types_supported: [GrantType; 1],
    /// Default `client_secret_basic` alone.
    token_endpoint_auth_methods_supported: [&'static str; 2],
    /// Default true where a reader follows OpenID Connect Discovery.
    request_uri_parameter_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_documentation: Option<&'a str>,
}

impl<'a> Metadata<'a> {
    /// Of the server with this issuer. `scopes` are those of its published APIs.
    pub fn new(issuer: &'a str, scopes: &'a [&'a str], service_documentation: Option<&'a str>) -> Self {
        Self {
            issuer,
            token_endpoint: format!("{issuer}/v1/token"),
            jwks_uri: format!("{issuer}/v1/keys"),
            scopes_supported: scopes,
            response_types_supported: [],
            response_modes_supported: [],
            grant_types_supported: [GrantType::ClientCredentials],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            request_uri_parameter_supported: false,
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
        assert_eq!(
            document(),
            json!({
                "issuer": "https://a.example/oauth2/default",
                "token_endpoint": "https://a.example/oauth2/default/v1/token",
                "jwks_uri": "https://a.example/oauth2/default/v1/keys",
                "scopes_supported": ["a:read"],
                "response_types_supported": [],
                "response_modes_supported": [],
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "request_uri_parameter_supported": false,
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
            "request_uri_parameter_supported",
        ] {
            assert!(document.get(member).is_some(), "{member}");
        }
        // These default to `client_secret_basic`, but of endpoints that are not there.
        for member in ["revocation_endpoint", "introspection_endpoint", "authorization_endpoint"] {
            assert!(document.get(member).is_none(), "{member}");
        }
    }
}
