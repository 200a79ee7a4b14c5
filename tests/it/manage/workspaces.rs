//! `/manage/v1/workspaces`

use std::time::Duration;

use gatehouse_core::identity::workspace::INVITATION_LIFETIME;
use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

async fn user(operator: &Operator<'_>, email: &str, verified: bool) -> String {
    let input = json!({"email": email, "name": "Somebody", "email_verified": verified});
    operator.done("POST", "/users", input).await["id"].as_str().expect("an id").to_owned()
}

async fn workspace(operator: &Operator<'_>) -> String {
    let made = operator.done("POST", "/workspaces", json!({"name": "Research"})).await;
    format!("/workspaces/{}", made["id"].as_str().expect("an id"))
}

async fn members(operator: &Operator<'_>, path: &str) -> Vec<String> {
    let members = operator.done("GET", &format!("{path}/members"), Value::Null).await;
    let items = members["items"].as_array().expect("items").clone();
    items.iter().map(|member| member["user_id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn members_come_and_go() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let (ann, bob) =
            (user(&operator, "ann@example.com", true).await, user(&operator, "bob@example.com", true).await);
        let path = workspace(&operator).await;
        let add = format!("{path}/members");
        operator.done("POST", &add, json!({"user": ann, "role": "owner"})).await;
        operator.done("POST", &add, json!({"user": "bob@example.com", "role": "member"})).await;
        let twice = operator.refused("POST", &add, json!({"user": bob, "role": "owner"})).await;
        assert_eq!(twice, (409, "already_member".to_owned()));
        let last = operator.refused("DELETE", &format!("{add}/{ann}"), Value::Null).await;
        assert_eq!(last, (409, "last_owner".to_owned()));
        operator.done("PUT", &format!("{add}/{bob}"), json!({"role": "owner"})).await;
        operator.done("PUT", &format!("{add}/{bob}"), json!({"role": "member"})).await;
        let last = operator.refused("PUT", &format!("{add}/{ann}"), json!({"role": "member"})).await;
        assert_eq!(last, (409, "last_owner".to_owned()));
        assert_eq!(operator.done("GET", &format!("{path}/applications"), Value::Null).await["items"], json!([]));
        operator.done("DELETE", &format!("{add}/{bob}"), Value::Null).await;
        assert_eq!(members(&operator, &path).await, [ann]);
        assert_eq!(operator.done("PATCH", &path, json!({"name": "Design"})).await["name"], "Design");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_binds_when_the_address_is_verified() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let path = workspace(&operator).await;
        let invite = format!("{path}/invitations");
        let input = json!({"email": "Ann@Example.com", "role": "member"});
        assert_eq!(operator.done("POST", &invite, input.clone()).await["state"], "waiting");

        let ann = user(&operator, "ann@example.com", false).await;
        assert!(members(&operator, &path).await.is_empty(), "an address that is only claimed gets nothing");
        operator.done("POST", &format!("/users/{ann}/verify_email"), Value::Null).await;
        assert_eq!(members(&operator, &path).await, [ann]);
        assert_eq!(operator.done("GET", &invite, Value::Null).await["items"], json!([]));
        let again = operator.refused("POST", &invite, input).await;
        assert_eq!(again, (409, "already_member".to_owned()));

        let bob = user(&operator, "bob@example.com", true).await;
        let at_once = operator.done("POST", &invite, json!({"email": "bob@example.com", "role": "owner"})).await;
        assert_eq!(at_once["state"], "bound");
        assert!(members(&operator, &path).await.contains(&bob));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_and_can_be_taken_back() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let path = workspace(&operator).await;
        let invite = format!("{path}/invitations");
        let input = |email: &str| json!({"email": email, "role": "member"});
        operator.done("POST", &invite, input("late@example.com")).await;
        let withdrawn = operator.done("POST", &invite, input("no@example.com")).await;
        let one = format!("{invite}/{}", withdrawn["id"].as_str().expect("an id"));
        operator.done("DELETE", &one, Value::Null).await;
        assert_eq!(operator.refused("DELETE", &one, Value::Null).await, (404, "not_found".to_owned()));

        app.advance(INVITATION_LIFETIME + Duration::from_secs(1));
        assert_eq!(operator.done("GET", &invite, Value::Null).await["items"][0]["state"], "expired");
        user(&operator, "late@example.com", true).await;
        user(&operator, "no@example.com", true).await;
        assert!(members(&operator, &path).await.is_empty());
    })
    .await;
}
