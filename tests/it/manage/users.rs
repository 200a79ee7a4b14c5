//! `/manage/v1/users`

use gatehouse_core::oauth::revocation::Predicate;
use gatehouse_store::testing::{NOW, dump};
use gatehouse_store::{revocations, users};
use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn a_user_from_creation_to_disabling() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let input = json!({"email": "Ann@Example.com", "name": "Ann Lee", "password": "four unrelated words here",
                           "time_zone": "Europe/Berlin"});
        let ann = operator.done("POST", "/users", input).await;
        let id = ann["id"].as_str().expect("an id").to_owned();
        let expected = json!({"id": id, "email": "Ann@Example.com", "email_verified_at": null, "name": "Ann Lee",
                              "role": "developer", "state": "active", "time_zone": "Europe/Berlin",
                              "created_at": NOW.to_iso_millis(), "updated_at": NOW.to_iso_millis()});
        assert_eq!(ann, expected);
        assert_eq!(operator.done("GET", &format!("/users/{id}"), Value::Null).await, expected);

        let user = id.parse().expect("an id");
        let hash = app.ctx().db.read(async move |tx| users::password_hash(tx, user).await).await.expect("read");
        assert!(hash.expect("a hash").verify("four unrelated words here"));

        let verified = operator.done("POST", &format!("/users/{id}/verify_email"), Value::Null).await;
        assert_eq!(verified["email_verified_at"], NOW.to_iso_millis());
        let reviewer = operator.done("PUT", &format!("/users/{id}/role"), json!({"role": "reviewer"})).await;
        assert_eq!(reviewer["role"], "reviewer");

        let disabled = operator.done("POST", &format!("/users/{id}/disable"), Value::Null).await;
        assert_eq!(disabled["state"], "disabled");
        let live = app.ctx().db.read(async move |tx| revocations::list_live(tx, NOW).await).await.expect("read");
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].predicate, Predicate::User { user_id: user });
        let twice = operator.refused("POST", &format!("/users/{id}/disable"), Value::Null).await;
        assert_eq!(twice, (409, "wrong_state".to_owned()));
        assert_eq!(operator.done("POST", &format!("/users/{id}/enable"), Value::Null).await["state"], "active");
    })
    .await;
}

#[tokio::test]
async fn every_field_at_fault_is_named() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let good = json!({"email": "ann@example.com", "name": "Ann"});
        operator.done("POST", "/users", good).await;
        let with = |field: &str, value: Value| {
            let mut input = json!({"email": "bob@example.com", "name": "Bob"});
            input[field] = value;
            input
        };
        let cases = [
            (with("email", json!("ANN@example.COM")), "email", "taken"),
            (with("email", json!("nobody")), "email", "invalid_email"),
            (with("email", json!("")), "email", "required"),
            (with("name", json!("a\nb")), "name", "invalid_character"),
            (with("name", json!("x".repeat(101))), "name", "too_long"),
            (with("password", json!("short")), "password", "too_short"),
            (with("password", json!("password1")), "password", "password_common"),
            (with("password", json!("bob@example.com")), "password", "password_is_address"),
            (with("password", json!("x".repeat(257))), "password", "too_long"),
            (with("role", json!("owner")), "role", "invalid"),
            (with("time_zone", json!("Mars/Phobos")), "time_zone", "invalid"),
            (with("time_zone", json!("../../etc/passwd")), "time_zone", "invalid"),
            (with("state", json!("disabled")), "state", "unknown_field"),
        ];
        for (input, field, code) in cases {
            let (status, answer) = operator.call("POST", "/users", input).await;
            assert_eq!(status, 422, "{answer}");
            assert_eq!(
                (answer["errors"][0]["field"].as_str(), answer["errors"][0]["code"].as_str()),
                (Some(field), Some(code)),
                "{answer}"
            );
        }
        let all = json!({"email": "", "name": "", "time_zone": "x/"});
        let (_, answer) = operator.call("POST", "/users", all).await;
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(3));
        assert_eq!(operator.done("GET", "/users", Value::Null).await["items"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn the_last_admin_stays() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let make = async |email: &str| {
            let user = operator.done("POST", "/users", json!({"email": email, "name": "A", "role": "admin"})).await;
            user["id"].as_str().expect("an id").to_owned()
        };
        let one = make("one@example.com").await;
        let refused = (409, "last_admin".to_owned());
        assert_eq!(operator.refused("POST", &format!("/users/{one}/disable"), Value::Null).await, refused);
        let role = json!({"role": "developer"});
        assert_eq!(operator.refused("PUT", &format!("/users/{one}/role"), role.clone()).await, refused);
        make("two@example.com").await;
        operator.done("PUT", &format!("/users/{one}/role"), role).await;
    })
    .await;
}

#[tokio::test]
async fn a_password_is_set_and_never_seen() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let user = operator.done("POST", "/users", json!({"email": "ann@example.com", "name": "Ann"})).await;
        let path = format!("/users/{}/password", user["id"].as_str().expect("an id"));
        let password = "a new secret phrase";
        operator.done("PUT", &path, json!({"password": password})).await;
        let weak = operator.refused("PUT", &path, json!({"password": "12345678"})).await;
        assert_eq!(weak, (422, "invalid".to_owned()));
        let (_, wrong_type) = operator.call("PUT", &path, json!({"password": 1234567890})).await;
        assert_eq!(wrong_type["errors"][0]["field"], "password");
        let kept = dump(&app.ctx().db, &["audit_events", "audit_personal", "users", "outbox"]).await;
        assert!(kept.contains("$argon2id$") && !kept.contains(password));
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_names_every_change_and_keeps_people_apart() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let input = json!({"email": "ann@example.com", "name": "Ann Lee", "role": "reviewer"});
        let ann = operator.done("POST", "/users", input).await;
        let id = ann["id"].as_str().expect("an id").to_owned();
        for verb in ["verify_email", "disable", "disable", "enable"] {
            operator.call("POST", &format!("/users/{id}/{verb}"), Value::Null).await;
        }
        operator.done("PUT", &format!("/users/{id}/role"), json!({"role": "developer"})).await;
        operator.done("PUT", &format!("/users/{id}/password"), json!({"password": "four unrelated words"})).await;

        let events = operator.done("GET", &format!("/audit_events?target_id={id}"), Value::Null).await;
        let mut events = events["items"].as_array().expect("items").clone();
        events.sort_by_key(|event| event["id"].to_string());
        let mut actions: Vec<&str> = events.iter().filter_map(|event| event["action"].as_str()).collect();
        actions.sort_unstable();
        let expected = [
            "user.created",
            "user.disabled",
            "user.email_verified",
            "user.enabled",
            "user.password_set",
            "user.role_changed",
        ];
        assert_eq!(actions, expected, "one for each change, none for what was refused");
        for event in &events {
            assert_eq!(event["actor_kind"], "operator");
            assert!(event["request_id"].as_str().is_some_and(|id| id.starts_with("rid_")), "{event}");
            assert_eq!(event["personal"]["address"], "127.0.0.1");
            let kept = format!("{} {}", event["before"], event["after"]);
            assert!(!kept.contains("Ann") && !kept.contains('@'), "{event}");
        }
        let created = events.iter().find(|event| event["action"] == "user.created").expect("it is there");
        assert_eq!(created["personal"]["email"], "ann@example.com");
    })
    .await;
}
