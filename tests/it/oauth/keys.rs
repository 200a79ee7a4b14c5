//! `GET /oauth2/{server}/v1/keys`

use gatehouse_core::jose::jwk::PublicJwk;
use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::signing_key::{JWKS_MAX_AGE, Rotation};
use gatehouse_server::actions::keys::{self, RotateKeys};
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

const PATH: &str = "/oauth2/default/v1/keys";

async fn published(app: &TestApp) -> Vec<PublicJwk> {
    let answer: Value = app.get(PATH).await.json().await.expect("JSON");
    serde_json::from_value(answer["keys"].clone()).expect("keys")
}

async fn token(app: &TestApp, world: &World) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &world.service.client_id),
        ("client_secret", world.service.secret.expose()),
    ];
    let answer = app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn rotate(app: &TestApp, rotation: Rotation) {
    let input = RotateKeys { alg: None, rotation };
    keys::rotate(app.ctx(), &TestApp::actor(), "default", input).await.expect("rotates");
    app.poll_changes_now().await;
}

#[tokio::test]
async fn lists_public_keys_that_may_be_kept() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let answer = app.get(PATH).await;
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], format!("public, max-age={}", JWKS_MAX_AGE.as_secs()));
    assert_eq!(headers["access-control-allow-origin"], "*");
    let body: Value = answer.json().await.expect("JSON");
    let keys = body["keys"].as_array().expect("a list");
    assert_eq!(keys.len(), 2, "the active and the next key");
    for key in keys {
        let members: Vec<&str> = key.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!((&key["alg"], &key["use"]), (&json!("ES256"), &json!("sig")));
    }
    let etag = headers["etag"].to_str().expect("text");
    assert!(etag.starts_with('"') && etag.ends_with('"'), "a strong entity tag: {etag}");
    for (tag, status) in [(etag, 304), (&*format!("\"x\", W/{etag}"), 304), ("*", 304), ("\"x\"", 200)] {
        let again = app.request("GET", PATH).header("if-none-match", tag).send().await.expect("an answer");
        assert_eq!(again.status(), status, "{tag}");
        assert_eq!(again.headers()["etag"], headers["etag"]);
        assert_eq!(again.bytes().await.expect("a body").is_empty(), status == 304);
    }
}

#[tokio::test]
async fn other_methods_and_unknown_servers() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let head = app.request("HEAD", PATH).send().await.expect("an answer");
    assert_eq!((head.status().as_u16(), head.headers()["content-type"].as_bytes()), (200, &b"application/json"[..]));
    for path in ["/oauth2/none/v1/keys", "/oauth2/DEFAULT/v1/keys", "/oauth2/%00/v1/keys"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
    }
}

/// The fast way and the table give the same answer, but for what is new in each.
#[tokio::test]
async fn another_spelling_gets_the_same_answer() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let mut answers = Vec::new();
    for path in [PATH, "/oauth2/def%61ult/v1/keys"] {
        let answer = app.get(path).await;
        let mut headers = answer.headers().clone();
        for name in ["x-request-id", "date"] {
            assert!(headers.remove(name).is_some(), "{name}");
        }
        answers.push((answer.status(), headers, answer.text().await.expect("a body")));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].1["x-content-type-options"], "nosniff");
    let head = app.request("HEAD", PATH).send().await.expect("an answer");
    assert_eq!(head.headers()["etag"], answers[0].1["etag"]);
    assert_eq!(head.headers()["content-length"], answers[0].1["content-length"]);
}

#[tokio::test]
async fn other_methods_are_refused_in_the_protocol_s_words() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let metadata = "/.well-known/oauth-authorization-server";
    for path in [PATH, &format!("/oauth2/default{metadata}"), &format!("{metadata}/oauth2/default")] {
        for method in ["POST", "PUT", "DELETE"] {
            let answer = app.request(method, path).send().await.expect("an answer");
            assert_eq!(answer.status(), 405, "{method} {path}");
            assert_eq!(answer.headers()["allow"], "GET, HEAD");
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
            let body: Value = answer.json().await.expect("JSON");
            assert_eq!(
                (&body["error"], &body["error_description"]),
                (&json!("invalid_request"), &json!("this document is read with GET"))
            );
        }
    }
}

/// A verifier that fetched the list before a rotation knows the key that signs afterwards, and one that fetches it
/// afterwards still knows the one that signed before.
#[tokio::test]
async fn a_rotation_fails_no_verification() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let before = published(app).await;
        let mut tokens = vec![token(app, &world).await];
        rotate(app, Rotation::Immediate).await;
        let after = published(app).await;
        assert_eq!(after.len(), 3);
        tokens.push(token(app, &world).await);
        for keys in [before, after] {
            let keys = KeySet::new(&keys).expect("keys");
            for token in &tokens {
                keys.verify(token, "at+jwt").expect("is good");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn after_a_compromise_no_earlier_token_is_good() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let old = token(&app, &world).await;
    let call = async |token: &str| {
        let path = "/v2/sessionResults?testId=01234567-89ab-4cde-8f01-23456789abcd";
        app.request("GET", path).bearer_auth(token).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(call(&old).await, 404, "good, and sees nothing");
    rotate(&app, Rotation::Compromised).await;
    assert_eq!(call(&old).await, 401);
    assert_eq!(call(&token(&app, &world).await).await, 404);
}
