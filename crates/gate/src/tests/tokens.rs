//! Which tokens are good, and for how long.

use std::time::Duration;

use gatehouse_core::id::{RevocationId, UserId, uuid_v7};
use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::sign::{SigningKey, jwt};
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::Timestamp;
use http::StatusCode;
use serde_json::{Value, json};

use super::support::{AUDIENCE, World, at, claims, key, key_set, start};
use crate::Revocations;

const NOT_VALID: &str = "The access token is not valid. Get a new one from the token endpoint.";
const EXPIRED: &str = "The access token has expired. Get a new one from the token endpoint.";
const NOT_YET: &str = "The access token is not valid yet. Check the clocks.";
const ELSEWHERE: &str = "The access token was issued for another API. Ask for a scope of this one.";
const REVOKED: &str = "The access token has been revoked.";

async fn detail(world: &World, token: &str) -> Option<String> {
    let answer = world.get("/v2/things").token(token).send().await;
    if answer.status == StatusCode::OK {
        return None;
    }
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let body = answer.json();
    let detail = body["detail"].as_str().expect("a detail").to_owned();
    assert_eq!(body["code"], "invalid_token");
    assert_eq!(
        answer.header("www-authenticate"),
        format!(r#"Bearer realm="things", error="invalid_token", error_description="{detail}""#)
    );
    assert!(answer.headers.get("x-ratelimit-limit").is_none(), "not authenticated, so not counted");
    Some(detail)
}

#[tokio::test]
async fn claims_decide() {
    let now = start().as_secs();
    for (changes, wanted) in [
        (json!({}), None),
        (json!({"aud": [AUDIENCE, "https://other"]}), None),
        (json!({"exp": now - 29}), None),
        (json!({"exp": now - 30}), Some(EXPIRED)),
        (json!({"exp": 0}), Some(EXPIRED)),
        (json!({"exp": i64::MIN}), Some(EXPIRED)),
        (json!({"exp": i64::MAX}), None),
        (json!({"nbf": now + 30}), None),
        (json!({"nbf": now + 31}), Some(NOT_YET)),
        (json!({"iat": now + 31}), Some(NOT_YET)),
        (json!({"iat": i64::MAX}), Some(NOT_YET)),
        (json!({"aud": "https://other"}), Some(ELSEWHERE)),
        (json!({"aud": []}), Some(ELSEWHERE)),
        (json!({"aud": format!("{AUDIENCE}/")}), Some(ELSEWHERE)),
        (json!({"iss": "http://localhost/oauth2/other"}), Some(NOT_VALID)),
        (json!({"exp": null}), Some(NOT_VALID)),
        (json!({"iss": null}), Some(NOT_VALID)),
        (json!({"aud": null}), Some(NOT_VALID)),
        (json!({"iat": null}), Some(NOT_VALID)),
        (json!({"jti": null}), Some(NOT_VALID)),
        (json!({"jti": "1"}), Some(NOT_VALID)),
        (json!({"client_id": null}), Some(NOT_VALID)),
    ] {
        let world = World::new();
        let token = world.token(&changes);
        assert_eq!(detail(&world, &token).await.as_deref(), wanted, "{changes}");
        assert_eq!(detail(&world, &token).await.as_deref(), wanted, "{changes}, remembered");
    }
}

#[tokio::test]
async fn signature_and_kind_decide() {
    let world = World::new();
    let good = world.token(&json!({}));
    let (head, signature) = good.rsplit_once('.').expect("three segments");
    let (header, body) = head.split_once('.').expect("three segments");
    let foreign = SigningKey::generate(Algorithm::Es256).expect("a key");
    let of = |typ: &str| jwt(key(), typ, &claims(&json!({}))).expect("signs");
    assert_eq!(detail(&world, &of("application/at+jwt")).await, None);
    for token in [
        "x".to_owned(),
        "x.y.z".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{good}."),
        format!("{good}A"),
        format!("{header}.{body}A.{signature}"),
        good[..good.len() - 4].to_owned(),
        of("JWT"),
        of("id+jwt"),
        of("dpop+jwt"),
        jwt(&foreign, "at+jwt", &claims(&json!({}))).expect("signs"),
        format!("{head}.{}", "A".repeat(9_000)),
        ".".repeat(5_000),
    ] {
        assert_eq!(detail(&world, &token).await.as_deref(), Some(NOT_VALID), "{token}");
    }
    assert_eq!(world.gate.cached_tokens(), 1, "only the good one");
}

#[tokio::test]
async fn a_remembered_token_still_expires() {
    let world = World::new();
    let token = world.token(&json!({"exp": start().as_secs() + 60}));
    assert_eq!(detail(&world, &token).await, None);
    world.clock.advance(Duration::from_secs(89));
    assert_eq!(detail(&world, &token).await, None);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(detail(&world, &token).await.as_deref(), Some(EXPIRED));
}

#[tokio::test]
async fn a_remembered_token_dies_with_its_key() {
    let world = World::new();
    let token = world.token(&json!({}));
    assert_eq!(detail(&world, &token).await, None);
    let other = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    world.install(key_set(&other), Revocations::default());
    assert_eq!(detail(&world, &token).await.as_deref(), Some(NOT_VALID));
    world.install(key_set(key()), Revocations::default());
    assert_eq!(detail(&world, &token).await, None);
}

fn user() -> UserId {
    UserId::new(start(), &SeededRandom::new(9))
}

fn revoke(predicate: Predicate, until: Timestamp) -> Revocations {
    let id = RevocationId::new(start(), &SeededRandom::new(2));
    let mut revocation = Revocation::new(id, predicate, until);
    revocation.expires_at = at(1);
    Revocations::new([revocation], start())
}

#[tokio::test]
async fn revocations_reach_remembered_tokens() {
    let jti = uuid_v7(start(), [7; 10]).to_string();
    let client_id = || "client-1".to_owned();
    let application_api =
        |audience: &str| Predicate::ApplicationApi { client_id: client_id(), audience: audience.to_owned() };
    let of_user = json!({"sub": user(), "uid": user()});
    for (predicate, changes, revoked) in [
        (Predicate::Token { jti: jti.clone() }, json!({}), true),
        (Predicate::Token { jti: "other".into() }, json!({}), false),
        (Predicate::Grant { gid: "sec_1".into() }, json!({}), true),
        (Predicate::Grant { gid: "sec_2".into() }, json!({}), false),
        (Predicate::Grant { gid: "sec_1".into() }, json!({"gid": null}), false),
        (Predicate::Application { client_id: client_id() }, json!({}), true),
        (Predicate::Application { client_id: "client-2".into() }, json!({}), false),
        (Predicate::User { user_id: user() }, of_user.clone(), true),
        (Predicate::User { user_id: user() }, json!({}), false),
        (Predicate::ApplicationUser { client_id: client_id(), user_id: user() }, of_user.clone(), true),
        (Predicate::ApplicationUser { client_id: client_id(), user_id: user() }, json!({}), false),
        (Predicate::ApplicationUser { client_id: "client-2".into(), user_id: user() }, of_user, false),
        (application_api(AUDIENCE), json!({}), true),
        (application_api("https://other"), json!({"aud": [AUDIENCE, "https://other"]}), false),
    ] {
        let world = World::new();
        let keys = key_set(key());
        world.install(keys.clone(), Revocations::default());
        let token = world.token(&changes);
        assert_eq!(detail(&world, &token).await, None, "{predicate:?}");
        world.install(keys.clone(), revoke(predicate.clone(), start()));
        let wanted = revoked.then_some(REVOKED);
        assert_eq!(detail(&world, &token).await.as_deref(), wanted, "{predicate:?} {changes}");
        world.install(keys, revoke(predicate.clone(), at(-1)));
        assert_eq!(detail(&world, &token).await, None, "issued a millisecond later: {predicate:?}");
    }
}

#[test]
fn the_later_of_two_revocations_holds() {
    let grant = || Predicate::Grant { gid: "g".into() };
    let id = RevocationId::new(start(), &SeededRandom::new(2));
    let both = [at(5), at(0)].map(|until| Revocation::new(id, grant(), until));
    let token = |millis| {
        let changes: Value = json!({"gid": "g", "jti": uuid_v7(at(millis), [1; 10]).to_string()});
        crate::verified::Verified::parse(claims(&changes).to_string().as_bytes()).expect("claims")
    };
    for order in [both.clone(), {
        let [a, b] = both;
        [b, a]
    }] {
        let index = Revocations::new(order, start());
        assert!(index.cover(&token(5), AUDIENCE));
        assert!(!index.cover(&token(6), AUDIENCE));
    }
    let expired = Revocation { expires_at: start(), ..Revocation::new(id, grant(), at(5)) };
    assert!(Revocations::new([expired], start()).is_empty());
}
