//! Authorization server metadata (RFC 8414).

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::World;

const INSERTED: &str = "/.well-known/oauth-authorization-server/oauth2/default";
const SUFFIX: &str = "/oauth2/default/.well-known/oauth-authorization-server";

#[tokio::test]
async fn says_what_works_under_both_addresses() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let issuer = format!("{}/oauth2/default", app.base);
    for path in [INSERTED, SUFFIX] {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let etag = answer.headers()["etag"].clone();
        let mut document: Value = answer.json().await.expect("JSON");
        let scopes = document["scopes_supported"].take();
        assert!(scopes.as_array().expect("a list").contains(&json!("public_api.read")), "{scopes}");
        assert_eq!(
            document,
            json!({
                "issuer": issuer,
                "token_endpoint": format!("{issuer}/v1/token"),
                "jwks_uri": format!("{issuer}/v1/keys"),
                "scopes_supported": null,
                "response_types_supported": [],
                "response_modes_supported": [],
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "request_uri_parameter_supported": false,
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
        // Appears once OpenID Connect works.
        "/oauth2/default/.well-known/openid-configuration",
        "/.well-known/openid-configuration/oauth2/default",
        "/.well-known/openid-configuration",
    ] {
        assert_eq!(app.get(path).await.status(), 404, "{path}");
    }
}
