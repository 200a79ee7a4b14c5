//! Authorization server metadata (RFC 8414).

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::World;

const INSERTED: &str = "/.well-known/oauth-authorization-server/oauth2/default";
const SUFFIX: &str = "/oauth2/default/.well-known/oauth-authorization-server";
const OPENID_INSERTED: &str = "/.well-known/openid-configuration/oauth2/default";
const OPENID_SUFFIX: &str = "/oauth2/default/.well-known/openid-configuration";

#[tokio::test]
async fn says_what_works_under_every_address() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let issuer = format!("{}/oauth2/default", app.base);
    for path in [INSERTED, SUFFIX, OPENID_INSERTED, OPENID_SUFFIX] {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let etag = answer.headers()["etag"].clone();
        let mut document: Value = answer.json().await.expect("JSON");
        let claims = document["claims_supported"].take();
        let scopes = document["scopes_supported"].take();
        for scope in ["openid", "offline_access", "public_api.read"] {
            assert!(scopes.as_array().expect("a list").contains(&json!(scope)), "{scopes}");
        }
        assert!(claims.as_array().expect("a list").contains(&json!("email")), "{claims}");
        assert_eq!(
            document,
            json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/v1/authorize"),
                "token_endpoint": format!("{issuer}/v1/token"),
                "jwks_uri": format!("{issuer}/v1/keys"),
                "introspection_endpoint": format!("{issuer}/v1/introspect"),
                "revocation_endpoint": format!("{issuer}/v1/revoke"),
                "userinfo_endpoint": format!("{issuer}/v1/userinfo"),
                "device_authorization_endpoint": format!("{issuer}/v1/device/authorize"),
                "end_session_endpoint": format!("{issuer}/v1/logout"),
                "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "userinfo_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
                "scopes_supported": null,
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
                "service_documentation": format!("{}/docs", app.base),
            })
        );
        let again = app.request("GET", path).header("if-none-match", etag).send().await.expect("an answer");
        assert_eq!(again.status(), 304);
    }
}

#[tokio::test]
async fn is_not_there_for_what_does_not_exist() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    for path in [
        "/oauth2/none/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/oauth2/none",
        "/.well-known/oauth-authorization-server",
        "/oauth2/none/.well-known/openid-configuration",
        "/.well-known/openid-configuration/oauth2/none",
        "/.well-known/openid-configuration",
    ] {
        assert_eq!(app.get(path).await.status(), 404, "{path}");
    }
}
