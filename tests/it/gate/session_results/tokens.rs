//! Requests with no token, with it in the wrong place, or with one that is not good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_store::testing::NOW;
use serde_json::json;

use super::problem;
use crate::gate::raw::send;
use crate::gate::world::{FAST, TEST, World};
use crate::support::TestApp;

const MISSING: &str = "Send the access token in the header `token` or as `Authorization: Bearer`.";
const IN_QUERY: &str = "A token in the address is not accepted: addresses end up in logs. Use the header `token` or \
                        `Authorization: Bearer`.";
const TWO: &str = "The headers `token` and `Authorization` carry different credentials. Send the access token in one \
                   of them.";
const REPEATED: &str = "A header that carries the access token is there more than once. Send it once.";
const NO_TOKEN: &str = "What stands in the header is not a token. Send the access token exactly as it was issued.";
const WITH_BEARER: &str = "The header `token` carries the token alone, without the word Bearer.";
const NOT_VALID: &str = "The access token is not valid. Get a new one from the token endpoint.";

#[tokio::test]
async fn the_token_has_its_place() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let (good, other) = (world.token(FAST), world.token_with(&json!({"scope": "public_api.read", "scp": null})));
    let plain = |token: &str| format!("token: {token}");
    let bearer = |token: &str| format!("authorization: Bearer {token}");
    let missing = (401, "Unauthorized", "missing_token", MISSING);
    let wrong = |detail| (400, "Bad Request", "invalid_request", detail);
    for (name, query, headers, (status, title, code, detail)) in [
        ("no header", String::new(), vec![], missing),
        ("Basic", String::new(), vec!["authorization: Basic YTpi".to_owned()], missing),
        ("DPoP", String::new(), vec![format!("authorization: DPoP {good}")], missing),
        ("no scheme", String::new(), vec![format!("authorization: {good}")], missing),
        ("query token", format!("&token={good}"), vec![], wrong(IN_QUERY)),
        ("query access_token", format!("&access_token={good}"), vec![plain(&good)], wrong(IN_QUERY)),
        ("query, escaped", format!("&%74oken={good}"), vec![plain(&good)], wrong(IN_QUERY)),
        ("two different", String::new(), vec![plain(&good), bearer(&other)], wrong(TWO)),
        ("token and Basic", String::new(), vec![plain(&good), "authorization: Basic YTpi".to_owned()], wrong(TWO)),
        ("token twice", String::new(), vec![plain(&good), plain(&good)], wrong(REPEATED)),
        ("Authorization twice", String::new(), vec![bearer(&good), bearer(&good)], wrong(REPEATED)),
        ("empty token", String::new(), vec![plain("")], wrong(NO_TOKEN)),
        ("empty Bearer", String::new(), vec![bearer("")], wrong(NO_TOKEN)),
        ("Bearer with blank", String::new(), vec![bearer("a b")], wrong(NO_TOKEN)),
        ("quoted", String::new(), vec![plain(&format!("\"{good}\""))], wrong(NO_TOKEN)),
        ("not ASCII", String::new(), vec![plain("é")], wrong(NO_TOKEN)),
        ("token: Bearer", String::new(), vec![plain(&format!("Bearer {good}"))], wrong(WITH_BEARER)),
    ] {
        let answer = send(&app, &format!("GET /v2/sessionResults?testId={TEST}{query}"), &headers).await;
        assert_eq!(answer.body, problem(&answer, status, title, (code, detail), ""), "{name}");
        assert_eq!(answer.status.as_u16(), status, "{name}");
        let challenge = match status {
            401 => r#"Bearer realm="results""#.to_owned(),
            _ => format!(r#"Bearer realm="results", error="{code}", error_description="{detail}""#),
        };
        assert_eq!(answer.header("www-authenticate"), challenge, "{name}");
        assert!(!answer.headers.contains_key("x-ratelimit-limit"), "{name} is not counted");
    }
    app.stop().await;
}

#[tokio::test]
async fn only_good_tokens_are_good() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let good = world.token(FAST);
    let (message, signature) = good.rsplit_once('.').expect("has a signature");
    let (header, claims) = message.split_once('.').expect("has claims");
    let unsigned = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": "at+jwt"}).to_string());
    let claim = |name: &str, value| world.token_with(&json!({name: value}));
    let head = |name: &str, value| world.signed(&json!({name: value}), &json!({}));
    let now = NOW.as_secs();
    let expired = "The access token has expired. Get a new one from the token endpoint.";
    let not_yet = "The access token is not valid yet. Check the clocks.";
    let elsewhere = "The access token was issued for another API. Ask for a scope of this one.";
    for (name, token, detail) in [
        ("garbage", "x".to_owned(), NOT_VALID),
        ("three dots", "a.b.c".to_owned(), NOT_VALID),
        ("no signature", message.to_owned(), NOT_VALID),
        ("empty signature", format!("{message}."), NOT_VALID),
        ("cut signature", good[..good.len() - 6].to_owned(), NOT_VALID),
        ("longer signature", format!("{good}AAAA"), NOT_VALID),
        ("other claims", format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode("{}")), NOT_VALID),
        ("alg none", format!("{unsigned}.{claims}."), NOT_VALID),
        ("alg HS256", head("alg", json!("HS256")), NOT_VALID),
        ("alg RS256", head("alg", json!("RS256")), NOT_VALID),
        ("no kid", head("kid", json!(null)), NOT_VALID),
        ("unknown kid", head("kid", json!("x")), NOT_VALID),
        ("ID token", head("typ", json!("JWT")), NOT_VALID),
        ("jku", head("jku", json!("https://evil.example/keys")), NOT_VALID),
        ("crit", head("crit", json!(["exp"])), NOT_VALID),
        ("too long", format!("{message}.{}", "A".repeat(8_192)), NOT_VALID),
        ("expired", claim("exp", json!(now - 30)), expired),
        ("not yet", claim("nbf", json!(now + 31)), not_yet),
        ("from the future", claim("iat", json!(now + 31)), not_yet),
        ("another audience", claim("aud", json!("https://other.example")), elsewhere),
        ("another issuer", claim("iss", json!(format!("{}/oauth2/other", app.base))), NOT_VALID),
        ("no exp", claim("exp", json!(null)), NOT_VALID),
        ("no jti", claim("jti", json!(null)), NOT_VALID),
        ("no client_id", claim("client_id", json!(null)), NOT_VALID),
        ("exp as text", claim("exp", json!("9999999999")), NOT_VALID),
    ] {
        let headers = [format!("token: {token}")];
        let answer = send(&app, &format!("GET /v2/sessionResults?testId={TEST}"), &headers).await;
        assert_eq!(answer.body, problem(&answer, 401, "Unauthorized", ("invalid_token", detail), ""), "{name}");
        assert_eq!(
            answer.header("www-authenticate"),
            format!(r#"Bearer realm="results", error="invalid_token", error_description="{detail}""#),
            "{name}"
        );
        assert_eq!(answer.status, 401, "{name}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_scope_is_needed() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let poor = world.token_with(&json!({"scope": "clips:read", "scp": ["clips:read"]}));
    let target = format!("GET /v2/sessionResults?testId={TEST}");
    let answer = send(&app, &target, &[format!("token: {poor}")]).await;
    let detail = "The access token lacks a scope that this operation needs. It needs `public_api.read` or \
                  `studies:read`.";
    assert_eq!(answer.body, problem(&answer, 403, "Forbidden", ("insufficient_scope", detail), ""));
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"results\", error=\"insufficient_scope\", \
         error_description=\"The access token lacks a scope that this operation needs.\", scope=\"public_api.read\""
    );
    assert_eq!(answer.header("x-ratelimit-remaining"), "5999");
    let rich = world.token_with(&json!({"scope": "public_api.read", "scp": null}));
    assert_eq!(send(&app, &target, &[format!("token: {rich}")]).await.status, 200);
    app.stop().await;
}
