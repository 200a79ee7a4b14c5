//! `/manage/v1/servers` and their keys

use std::time::Duration;

use gatehouse_core::id::ApplicationId;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::Timestamp;
use serde_json::{Value, json};

use super::Operator;
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

fn new_server(id: &str) -> Value {
    json!({"id": id, "name": "Name", "audience": format!("https://api.example.com/{id}")})
}

#[tokio::test]
async fn makes_edits_and_lists() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let made = operator.done("POST", "/servers", new_server("default")).await;
        assert_eq!(made["access_token_signing_alg"], "ES256");
        assert_eq!(made["lifetimes"]["access_token"], 3600);
        let change = json!({"lifetimes": {"access_token": 600}, "name": "Other"});
        let edited = operator.done("PATCH", "/servers/default", change).await;
        assert_eq!((&edited["lifetimes"]["access_token"], &edited["lifetimes"]["code"]), (&json!(600), &json!(60)));
        assert_eq!(operator.done("GET", "/servers/default", Value::Null).await, edited);
        assert_eq!(operator.done("GET", "/servers", Value::Null).await, json!({"items": [edited]}));
    })
    .await;
}

#[tokio::test]
async fn rotates_keys() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        operator.done("POST", "/servers", new_server("default")).await;
        let before = operator.done("GET", "/servers/default/keys", Value::Null).await;
        assert!(!before.to_string().contains("cipher"), "nothing private");
        let path = "/servers/default/keys/rotate";
        let early = operator.refused("POST", path, json!({})).await;
        assert_eq!(early, (409, "next_key_is_fresh".to_owned()));
        app.advance(Duration::from_secs(3_600));
        let after = operator.done("POST", path, json!({"rotation": "planned"})).await;
        let states: Vec<&str> =
            after["items"].as_array().expect("a list").iter().filter_map(|key| key["state"].as_str()).collect();
        assert_eq!(states[0], "next");
        assert_eq!(states.len(), 3);
        operator.done("POST", "/servers/default/keys", json!({"alg": "EdDSA"})).await;
        let switch = json!({"access_token_signing_alg": "EdDSA"});
        let fresh = operator.refused("PATCH", "/servers/default", switch.clone()).await;
        assert_eq!(fresh, (409, "key_is_fresh".to_owned()));
        app.advance(Duration::from_secs(3_600));
        operator.done("PATCH", "/servers/default", switch).await;
    })
    .await;
}

#[tokio::test]
async fn lists_who_may_use_a_server() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = Operator::new(app).await;
        let path = "/servers/default/applications";
        let closed = operator.done("PATCH", "/servers/default", json!({"open_to": "listed"})).await;
        assert_eq!(closed["open_to"], "listed");
        for _ in 0..2 {
            operator.done("POST", path, json!({"application_id": world.service.id})).await;
        }
        operator.done("POST", path, json!({"application_id": world.other.id})).await;
        let first = operator.done("GET", &format!("{path}?limit=1"), Value::Null).await;
        let cursor = first["next_cursor"].as_str().expect("a second page");
        let second = operator.done("GET", &format!("{path}?limit=1&cursor={cursor}"), Value::Null).await;
        let clients = [&first["items"][0]["client_id"], &second["items"][0]["client_id"]];
        assert_eq!(clients, [&json!(world.service.client_id), &json!(world.other.client_id)]);
        let one = format!("{path}/{}", world.other.id);
        operator.done("DELETE", &one, Value::Null).await;
        let cases = [
            ("DELETE", one.as_str(), Value::Null, 404, "not_found"),
            ("POST", "/servers/none/applications", json!({"application_id": world.other.id}), 404, "not_found"),
            (
                "POST",
                path,
                json!({"application_id": ApplicationId::new(Timestamp::default(), &SeededRandom::new(9))}),
                404,
                "not_found",
            ),
            ("POST", path, json!({"application_id": "x"}), 422, "invalid"),
            ("PATCH", "/servers/default", json!({"open_to": "some"}), 422, "invalid"),
        ];
        for (method, path, body, status, code) in cases {
            assert_eq!(operator.refused(method, path, body.clone()).await, (status, code.to_owned()), "{path} {body}");
        }
    })
    .await;
}

#[tokio::test]
async fn refuses() {
    let app = TestApp::sqlite().await;
    let operator = Operator::new(&app).await;
    operator.done("POST", "/servers", new_server("default")).await;
    let with = |member: &str, value: Value| {
        let mut server = new_server("other");
        server[member] = value;
        server
    };
    let cases = [
        ("POST", "/servers", new_server("default"), 409, "audience_taken"),
        ("POST", "/servers", with("audience", json!("https://api.example.com/default")), 409, "audience_taken"),
        ("POST", "/servers", with("id", json!("../x")), 422, "invalid"),
        ("POST", "/servers", with("unknown", json!(1)), 422, "invalid"),
        ("POST", "/servers", with("access_token_signing_alg", json!("HS256")), 422, "invalid"),
        ("POST", "/servers", with("access_token_signing_alg", json!("none")), 422, "invalid"),
        ("POST", "/servers", with("lifetimes", json!({"access_token": 86_401})), 422, "invalid"),
        ("PATCH", "/servers/default", json!({"id": "new"}), 422, "invalid"),
        ("PATCH", "/servers/none", json!({}), 404, "not_found"),
        ("GET", "/servers/none/keys", Value::Null, 404, "not_found"),
        ("POST", "/servers/default/keys", json!({"alg": "ES256"}), 409, "keys_exist"),
        ("POST", "/servers/default/keys/rotate", json!({"alg": "RS256"}), 409, "no_keys"),
        ("POST", "/servers/default/keys/rotate", json!({"rotation": "scheduled"}), 409, "not_due"),
        ("POST", "/servers/default/keys/rotate", json!({"rotation": "never"}), 422, "invalid"),
    ];
    for (method, path, body, status, code) in cases {
        assert_eq!(operator.refused(method, path, body.clone()).await, (status, code.to_owned()), "{path} {body}");
    }
}
