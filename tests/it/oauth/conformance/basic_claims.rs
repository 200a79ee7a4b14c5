//! Basic OP: what the ID token and the userinfo answer say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_server::actions::applications;
use gatehouse_server::actions::keys::add_missing;
use serde_json::{Value, json};

use super::{ANN, Suite, in_both_modes};
use crate::support::TestApp;
use crate::support::world::input;

const PATH: &str = "/oauth2/default/v1/userinfo";

/// RS256 by default, with the id of a key in the published list.
#[tokio::test]
async fn oidcc_idtoken_signature() {
    in_both_modes(async |suite| {
        let change = input(json!({"id_token_signed_response_alg": "RS256"}));
        applications::change(suite.app.ctx(), &TestApp::actor(), suite.client.id, change).await.expect("changed");
        add_missing(suite.app.ctx(), &TestApp::actor()).await.expect("keys");
        suite.app.poll_changes_now().await;
        let tokens = suite.tokens(&suite.ann().await, &[]).await;
        suite.id_token(&tokens).await;
        let header = tokens["id_token"].as_str().and_then(|token| token.split('.').next()).expect("a header");
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON");
        assert_eq!(header["alg"], "RS256");
        let keys: Value = suite.app.get("/oauth2/default/v1/keys").await.json().await.expect("JSON");
        let mut keys = keys["keys"].as_array().expect("keys").iter();
        let key = keys.find(|key| header["kid"].is_string() && key["kid"] == header["kid"]).expect("its key");
        assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
    })
    .await;
}

/// Not offered, and not to be had.
#[tokio::test]
async fn oidcc_idtoken_unsigned() {
    in_both_modes(async |suite| {
        let document = suite.app.get("/oauth2/default/.well-known/openid-configuration").await;
        let document: Value = document.json().await.expect("JSON");
        let offered = document["id_token_signing_alg_values_supported"].as_array().expect("a list").clone();
        assert!(offered.contains(&json!("RS256")) && !offered.contains(&json!("none")), "{offered:?}");
        let none =
            serde_json::from_value::<applications::ApplicationChange>(json!({"id_token_signed_response_alg": "none"}));
        assert!(none.is_err(), "no such algorithm");
    })
    .await;
}

#[tokio::test]
async fn oidcc_userinfo_get() {
    in_both_modes(async |suite| {
        let tokens = suite.tokens(&suite.ann().await, &[]).await;
        let subject = suite.id_token(&tokens).await["sub"].clone();
        assert_eq!(suite.userinfo(&tokens).await, (200, json!({"sub": subject})));
    })
    .await;
}

#[tokio::test]
async fn oidcc_userinfo_post_header() {
    in_both_modes(async |suite| {
        let tokens = suite.tokens(&suite.ann().await, &[]).await;
        let subject = suite.id_token(&tokens).await["sub"].clone();
        let token = tokens["access_token"].as_str().expect("a token");
        let answer = suite.app.request("POST", PATH).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({"sub": subject}));
    })
    .await;
}

#[tokio::test]
async fn oidcc_userinfo_post_body() {
    in_both_modes(async |suite| {
        let tokens = suite.tokens(&suite.ann().await, &[]).await;
        let subject = suite.id_token(&tokens).await["sub"].clone();
        let token = tokens["access_token"].as_str().expect("a token");
        let post = suite.app.request("POST", PATH).form(&[("access_token", token)]);
        let answer = post.send().await.expect("an answer");
        assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({"sub": subject}));
    })
    .await;
}

/// A scope gives exactly its claims at the userinfo endpoint, and none of them in the ID token of the code flow.
async fn scope_gives(suite: &Suite<'_>, scope: &str, expected: &[&str]) {
    let tokens = suite.tokens(&suite.ann().await, &[("scope", scope)]).await;
    assert_eq!(tokens["scope"], scope);
    let (status, claims) = suite.userinfo(&tokens).await;
    assert_eq!(status, 200);
    let mut names: Vec<_> = claims.as_object().expect("claims").keys().map(String::as_str).collect();
    let mut wanted = [&["sub"], expected].concat();
    names.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(names, wanted, "{scope}");
    let id_token = suite.id_token(&tokens).await;
    assert!(expected.iter().all(|name| id_token.get(name).is_none()), "{id_token}");
    assert_eq!(claims["sub"], id_token["sub"]);
    for (name, value) in [
        ("name", json!("Ann Lee")),
        ("email", json!(ANN)),
        ("email_verified", json!(true)),
        ("phone_number", json!("+41441234567")),
        ("phone_number_verified", json!(false)),
        ("address", json!({"country": "Switzerland"})),
    ] {
        assert!(!wanted.contains(&name) || claims[name] == value, "{name}: {claims}");
    }
}

const PROFILE: [&str; 4] = ["name", "given_name", "zoneinfo", "updated_at"];
const EMAIL: [&str; 2] = ["email", "email_verified"];
const PHONE: [&str; 2] = ["phone_number", "phone_number_verified"];

#[tokio::test]
async fn oidcc_scope_profile() {
    in_both_modes(async |suite| scope_gives(suite, "openid profile", &PROFILE).await).await;
}

#[tokio::test]
async fn oidcc_scope_email() {
    in_both_modes(async |suite| scope_gives(suite, "openid email", &EMAIL).await).await;
}

#[tokio::test]
async fn oidcc_scope_address() {
    in_both_modes(async |suite| scope_gives(suite, "openid address", &["address"]).await).await;
}

#[tokio::test]
async fn oidcc_scope_phone() {
    in_both_modes(async |suite| scope_gives(suite, "openid phone", &PHONE).await).await;
}

#[tokio::test]
async fn oidcc_scope_all() {
    let all = [&PROFILE[..], &EMAIL, &PHONE, &["address"]].concat();
    in_both_modes(async |suite| scope_gives(suite, "openid profile email address phone", &all).await).await;
}

#[tokio::test]
async fn oidcc_alternate_happy_flow() {
    in_both_modes(async |suite| {
        let link = suite.request(&[("scope", "email openid")]);
        let (path, query) = link.split_once('?').expect("a query");
        let mut parameters: Vec<_> = query.split('&').collect();
        parameters.reverse();
        let way = suite.walk(&suite.ann().await, &format!("{path}?{}", parameters.join("&"))).await;
        let tokens = suite.tokens_of(&way).await;
        suite.id_token(&tokens).await;
        assert_eq!(suite.userinfo(&tokens).await.1["email"], ANN);
    })
    .await;
}

#[tokio::test]
async fn oidcc_claims_essential() {
    in_both_modes(async |suite| {
        let asked = async |claims: &str| {
            let tokens = suite.tokens(&suite.ann().await, &[("claims", claims)]).await;
            (suite.id_token(&tokens).await, suite.userinfo(&tokens).await.1)
        };
        let (id_token, userinfo) = asked(r#"{"userinfo":{"name":{"essential":true}}}"#).await;
        assert_eq!((id_token.get("name"), &userinfo["name"]), (None, &json!("Ann Lee")));
        let (id_token, userinfo) = asked(r#"{"id_token":{"name":{"essential":true}}}"#).await;
        assert_eq!((&id_token["name"], userinfo.get("name")), (&json!("Ann Lee"), None));
        // What there is not is left out, essential or not (§5.5.1).
        let (_, userinfo) = asked(r#"{"userinfo":{"nickname":{"essential":true},"http://x.example/y":null}}"#).await;
        assert_eq!(userinfo, json!({"sub": id_token["sub"]}));
    })
    .await;
}
