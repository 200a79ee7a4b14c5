//! Config OP, and what the other profiles look up in the discovery document.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::World;

/// The document and the base address of its issuer.
async fn document(app: &TestApp) -> (Value, String) {
    World::new(app).await;
    let issuer = format!("{}/oauth2/default", app.base);
    let answer = app.get("/oauth2/default/.well-known/openid-configuration").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().expect("a value"))
    );
    (answer.json().await.expect("JSON"), issuer)
}

/// Whether a member is a list that holds all of these.
fn holds(document: &Value, member: &str, all: &[&str]) -> bool {
    let list = document[member].as_array().unwrap_or_else(|| panic!("{member} is no list"));
    all.iter().all(|value| list.contains(&json!(value)))
}

#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let app = TestApp::sqlite().await;
    let (document, issuer) = document(&app).await;
    assert_eq!(document["issuer"], issuer.as_str(), "the address of the document without its ending");
    for (member, values) in [
        ("response_types_supported", ["code"].as_slice()),
        ("subject_types_supported", &["public", "pairwise"]),
        ("id_token_signing_alg_values_supported", &["RS256"]),
        ("userinfo_signing_alg_values_supported", &["RS256"]),
        ("grant_types_supported", &["authorization_code"]),
        ("scopes_supported", &["openid"]),
        ("claims_supported", &["sub", "name", "email"]),
        ("code_challenge_methods_supported", &["S256"]),
    ] {
        assert!(holds(&document, member, values), "{member}: {document}");
    }
    assert_eq!(document["claims_parameter_supported"], true);
    // Every address is below the issuer's, which is https wherever it is not loopback.
    let members = document.as_object().expect("an object").iter();
    let addresses: Vec<_> = members.filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri").collect();
    assert!(addresses.len() >= 7, "{addresses:?}");
    for (name, address) in addresses {
        let below = address.as_str().is_some_and(|address| address.starts_with(&format!("{issuer}/")));
        assert!(below, "{name}: {address}");
    }
    let keys: Value = app.get("/oauth2/default/v1/keys").await.json().await.expect("JSON");
    for key in keys["keys"].as_array().expect("keys") {
        assert!(key["kid"].is_string() && key["kty"] != "oct", "{key}");
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|private| key.get(private).is_none()), "{key}");
    }
}

#[tokio::test]
async fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    let app = TestApp::sqlite().await;
    let (document, issuer) = document(&app).await;
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
    assert_eq!(document["end_session_endpoint"], format!("{issuer}/v1/logout"));
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let app = TestApp::sqlite().await;
    let (document, issuer) = document(&app).await;
    assert_eq!(document["end_session_endpoint"], format!("{issuer}/v1/logout"));
}
