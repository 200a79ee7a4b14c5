//! What the owners of an application read about refused calls.

use gatehouse_core::id::RevocationId;
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_core::random::SeededRandom;
use http::StatusCode;
use serde_json::{Value, json};

use super::support::{World, at, key, key_set, start};
use crate::Revocations;
use crate::refused_calls::{RefusedCall, Standing};

async fn refused(world: &World, uri: &str, changes: &Value) -> Option<RefusedCall> {
    let answer = world.get(uri).token(&world.token(changes)).send().await;
    let mut calls = world.gate.refused_calls().drain();
    assert!(calls.len() <= 1);
    let call = calls.pop()?;
    assert_eq!((call.request_id.to_string().as_str(), call.status), (answer.request_id(), answer.status));
    assert_eq!(Some(call.code), answer.json()["code"].as_str());
    Some(call)
}

#[tokio::test]
async fn says_why_in_words() {
    let now = start().as_secs();
    for (uri, changes, reason) in [
        ("/v2/things", json!({"exp": now - 185}), "The access token expired 3 minutes before the call. "),
        ("/v2/things", json!({"nbf": now + 90}), "The access token becomes valid 89 seconds after the call. "),
        (
            "/v2/things",
            json!({"aud": ["https://a", "https://b"]}),
            "The access token was issued for https://a, https://b and not for this API, https://things.example. ",
        ),
        ("/v2/things", json!({"scope": "x y"}), "One of these is needed: things:read; or all.read; the token has x y."),
        ("/v2/both", json!({"scope": ""}), "The scopes things:read all.read are needed; the token has none."),
        ("/v2/closed", json!({}), "Nobody may call this operation: it names no scope."),
    ] {
        let call = refused(&World::new(), uri, &changes).await.expect("noted");
        assert!(call.reason.starts_with(reason), "{}", call.reason);
        assert_eq!((&*call.client_id, call.standing, call.at), ("client-1", Standing::Proved, start()));
        assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", uri));
    }
}

#[tokio::test]
async fn says_that_the_quota_was_used_up() {
    let world = World::new();
    for _ in 0..10 {
        assert_eq!(refused(&world, "/v2/things?token_like=1", &json!({})).await, None);
    }
    let call = refused(&world, "/v2/things?secret=1", &json!({})).await.expect("noted");
    assert_eq!(
        call.reason,
        "The quota of 10 calls per 60 seconds was used up. The next window began 60 seconds later."
    );
    assert_eq!(call.path, "/v2/things", "the query may hold anything");
}

#[tokio::test]
async fn says_that_a_token_was_revoked() {
    let world = World::new();
    let revocation = Revocation {
        id: RevocationId::new(start(), &SeededRandom::new(1)),
        predicate: Predicate::Application { client_id: "client-1".to_owned() },
        issued_until: at(1),
        expires_at: at(3_600_000),
        created_at: start(),
    };
    world.install(key_set(key()), Revocations::new([revocation], start()));
    let call = refused(&world, "/v2/things", &json!({})).await.expect("noted");
    assert!(call.reason.starts_with("The access token had been revoked"), "{}", call.reason);
}

#[tokio::test]
async fn nothing_is_noted_without_a_good_signature() {
    let world = World::new();
    let good = world.token(&json!({"exp": 0}));
    let changed = format!("{}x", &good[..good.len() - 1]);
    for token in [changed.as_str(), "a.b.c", ""] {
        assert_ne!(world.get("/v2/things").token(token).send().await.status, StatusCode::OK);
    }
    assert_eq!(refused(&world, "/v2/things", &json!({"iss": "http://localhost/oauth2/other"})).await, None);
    assert_eq!(refused(&world, "/v2/nothing", &json!({})).await, None);
    assert_eq!(world.gate.refused_calls().drain(), []);
}
