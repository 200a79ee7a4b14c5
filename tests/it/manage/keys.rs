//! Who gets in.

use std::collections::HashSet;
use std::time::Duration;

use gatehouse_core::random::SeededRandom;
use gatehouse_core::secret::{SecretKind, mint};
use gatehouse_store::db::DbError;
use gatehouse_store::operator_keys;
use gatehouse_store::testing::{NOW, dump};
use serde_json::{Value, json};

use super::{Operator, read};
use crate::support::{TestApp, on_each_engine};

async fn answer(app: &TestApp, headers: &[&[u8]], path: &str) -> (u16, String, String) {
    let mut request = app.request("GET", path);
    for value in headers {
        request = request.header("authorization", *value);
    }
    let response = request.send().await.expect("an answer");
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().expect("text").to_owned());
    let (status, body) = read(response).await;
    (status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned(), challenge.unwrap_or_default())
}

#[tokio::test]
async fn only_a_good_key_gets_in() {
    on_each_engine(async |app: &TestApp| {
        let key = Operator::new(app).await.key;
        let random = SeededRandom::new(99);
        let unknown = format!("Bearer {}", mint("gh", SecretKind::OperatorKey, &random).expose());
        let other_kind = format!("Bearer {}", mint("gh", SecretKind::ClientSecret, &random).expose());
        let good = format!("Bearer {key}");
        let bare = r#"Bearer realm="manage""#;
        let invalid = r#"Bearer realm="manage", error="invalid_token""#;
        let cases: Vec<(Vec<Vec<u8>>, &str)> = vec![
            (vec![], bare),
            (vec![b"".to_vec()], invalid),
            (vec![b"Bearer".to_vec()], invalid),
            (vec![b"Bearer ".to_vec()], invalid),
            (vec![b"Basic YTpi".to_vec()], invalid),
            (vec![key.clone().into()], invalid),
            (vec![b"Bearer \xff\xfe".to_vec()], invalid),
            (vec![format!("{good}x").into()], invalid),
            (vec![good.to_lowercase().into()], invalid),
            (vec![format!("{good} {key}").into()], invalid),
            (vec![format!("{good},{good}").into()], invalid),
            (vec![good.clone().into(), good.clone().into()], invalid),
            (vec![unknown.into()], invalid),
            (vec![other_kind.into()], invalid),
        ];
        for (headers, challenge) in cases {
            let headers: Vec<&[u8]> = headers.iter().map(Vec::as_slice).collect();
            let expected = (401, "unauthenticated".to_owned(), challenge.to_owned());
            assert_eq!(answer(app, &headers, "/manage/v1/users").await, expected, "{headers:?}");
        }
        let query = format!("/manage/v1/users?access_token={key}");
        assert_eq!(answer(app, &[], &query).await.0, 401);
        // What is there and what is not look the same from outside.
        assert_eq!(answer(app, &[], "/manage/v1/nothing").await.0, 401);
        assert_eq!(answer(app, &[good.as_bytes()], "/manage/v1/users").await.0, 200);
        assert_eq!(answer(app, &[format!("bEARER   {key}").as_bytes()], "/manage/v1/users").await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_with_the_next_call() {
    on_each_engine(async |app: &TestApp| {
        let (one, two) = (Operator::new(app).await, Operator::new(app).await);
        let keys = one.done("GET", "/operator_keys", Value::Null).await;
        let ours = |key: &&Value| key["last_four"].as_str().is_some_and(|four| one.key.ends_with(four));
        let key = keys["items"].as_array().expect("keys").iter().find(ours).expect("that of the first operator");
        let id = key["id"].as_str().expect("an id").to_owned();
        let revoked = two.done("POST", &format!("/operator_keys/{id}/revoke"), Value::Null).await;
        assert_eq!(revoked["revoked_at"], NOW.to_iso_millis());
        assert_eq!(one.refused("GET", "/users", Value::Null).await, (401, "unauthenticated".to_owned()));
        let again = two.refused("POST", &format!("/operator_keys/{id}/revoke"), Value::Null).await;
        assert_eq!(again, (409, "wrong_state".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_new_key_is_shown_once_and_kept_as_a_hash() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let made = operator.done("POST", "/operator_keys", json!({"name": "deploy"})).await;
        let key = made["key"].as_str().expect("the key").to_owned();
        assert!(key.starts_with("gh_ok_") && key.ends_with(made["last_four"].as_str().expect("text")));
        let second = Operator { app, key: key.clone() };
        let listed = second.done("GET", "/operator_keys", Value::Null).await;
        assert_eq!(listed["items"].as_array().expect("a list").len(), 2);
        assert!(!listed.to_string().contains(&key));
        let kept = dump(&app.ctx().db, &["audit_events", "audit_personal", "operator_keys", "outbox"]).await;
        assert!(kept.contains("deploy") && !kept.contains(&key));
    })
    .await;
}

#[tokio::test]
async fn use_is_noted_to_the_minute() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let noted = async || {
            let keys = app.ctx().db.read(async |tx| Ok::<_, DbError>(operator_keys::list(tx, "", 9).await?)).await;
            keys.expect("read")[0].last_used_at
        };
        assert_eq!(noted().await, None);
        operator.done("GET", "/users", Value::Null).await;
        assert_eq!(noted().await, Some(NOW));
        app.advance(Duration::from_secs(59));
        operator.done("GET", "/users", Value::Null).await;
        assert_eq!(noted().await, Some(NOW));
        app.advance(Duration::from_secs(1));
        operator.done("GET", "/users", Value::Null).await;
        assert_eq!(noted().await, Some(NOW.plus_secs(60)));
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_and_a_good_key_is_not() {
    let app = TestApp::sqlite().await;
    let operator = Operator::new(&app).await;
    let mut last = 0;
    for _ in 0..101 {
        last = answer(&app, &[b"Bearer guess"], "/manage/v1/users").await.0;
    }
    assert_eq!(last, 429);
    let response = app.request("GET", "/manage/v1/users").send().await.expect("an answer");
    let wait: u64 = response.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    assert_eq!(read(response).await.1["code"], "too_many_attempts");
    operator.done("GET", "/users", Value::Null).await;
    app.advance(Duration::from_secs(wait));
    assert_eq!(answer(&app, &[b"Bearer guess"], "/manage/v1/users").await.0, 401);
}

#[tokio::test]
async fn the_description_is_public_and_wants_a_key_everywhere() {
    let app = TestApp::sqlite().await;
    let (status, document) = read(app.get("/manage/v1/openapi.json").await).await;
    assert_eq!(status, 200);
    assert_eq!(document["security"], json!([{"operator_key": []}]));
    assert_eq!(document["components"]["securitySchemes"]["operator_key"]["scheme"], "bearer");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 15);
    let mut ids = HashSet::new();
    for (path, operations) in paths {
        assert!(path.starts_with("/manage/v1/"), "{path}");
        for (method, operation) in operations.as_object().expect("operations") {
            assert!(operation.get("security").is_none(), "{method} {path} has a rule of its own");
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(*problem, json!("#/components/schemas/Problem"), "{method} {path}");
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{method} {path}: another operation is {id}");
            assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}");
        }
    }
}
