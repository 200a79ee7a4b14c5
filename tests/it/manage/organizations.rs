//! `/manage/v1/organizations`

use gatehouse_core::identity::organization_invitation::INVITATION_LIFETIME;
use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

async fn user(operator: &Operator<'_>, email: &str) -> String {
    let user = operator.done("POST", "/users", json!({"email": email, "name": "Somebody"})).await;
    user["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn made_changed_verified() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let ann = user(&operator, "ann@example.com").await;
        let input = json!({"name": "Example", "homepage": "https://example.com", "owner": "Ann@example.com"});
        let made = operator.done("POST", "/organizations", input).await;
        let path = format!("/organizations/{}", made["id"].as_str().expect("an id"));
        assert_eq!(made["homepage"], "https://example.com/");
        let members = operator.done("GET", &format!("{path}/members"), Value::Null).await;
        assert_eq!((&members["items"][0]["user_id"], &members["items"][0]["role"]), (&json!(ann), &json!("owner")));

        assert!(operator.done("POST", &format!("{path}/verify"), Value::Null).await["verified_at"].is_string());
        let same = operator.done("PATCH", &path, json!({"name": "Example"})).await;
        assert!(same["verified_at"].is_string(), "nothing changed");
        let renamed = operator.done("PATCH", &path, json!({"name": "Example 2"})).await;
        assert_eq!((&renamed["verified_at"], &renamed["homepage"]), (&Value::Null, &json!("https://example.com/")));
        let bare = operator.done("PATCH", &path, json!({"homepage": null})).await;
        assert_eq!((&bare["name"], &bare["homepage"]), (&json!("Example 2"), &Value::Null));
        operator.done("POST", &format!("{path}/verify"), Value::Null).await;
        let plain = operator.done("POST", &format!("{path}/unverify"), Value::Null).await;
        assert_eq!(plain["verified_at"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn members_come_rise_and_go_but_not_the_last_owner() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let (ann, bob) = (user(&operator, "ann@example.com").await, user(&operator, "bob@example.com").await);
        let made = operator.done("POST", "/organizations", json!({"name": "Example"})).await;
        let members = format!("/organizations/{}/members", made["id"].as_str().expect("an id"));
        let conflict = |code: &str| (409, code.to_owned());

        let viewer = json!({"user": ann, "role": "viewer"});
        assert_eq!(operator.refused("POST", &members, viewer).await, conflict("first_is_owner"));
        operator.done("POST", &members, json!({"user": ann, "role": "owner"})).await;
        let twice = json!({"user": "ANN@example.com", "role": "viewer"});
        assert_eq!(operator.refused("POST", &members, twice).await, conflict("already_member"));
        operator.done("POST", &members, json!({"user": bob, "role": "viewer"})).await;

        let (of_ann, of_bob) = (format!("{members}/{ann}"), format!("{members}/{bob}"));
        assert_eq!(operator.refused("DELETE", &of_ann, Value::Null).await, conflict("last_owner"));
        let demoted = operator.refused("PUT", &of_ann, json!({"role": "maintainer"})).await;
        assert_eq!(demoted, conflict("last_owner"));
        operator.done("PUT", &of_bob, json!({"role": "owner"})).await;
        operator.done("DELETE", &of_ann, Value::Null).await;
        assert_eq!(operator.refused("DELETE", &of_ann, Value::Null).await, (404, "not_found".to_owned()));
        let left = operator.done("GET", &members, Value::Null).await;
        assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn two_owners_leaving_at_once_leave_one() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let made = operator.done("POST", "/organizations", json!({"name": "Example"})).await;
        let members = format!("/organizations/{}/members", made["id"].as_str().expect("an id"));
        let mut paths = Vec::new();
        for at in 0..8 {
            let one = user(&operator, &format!("u{at}@example.com")).await;
            operator.done("POST", &members, json!({"user": one, "role": "owner"})).await;
            paths.push(format!("{members}/{one}"));
        }
        let leave = |path| operator.call("DELETE", path, Value::Null);
        let (a, b, c, d, e, f, g, h) = tokio::join!(
            leave(&paths[0]),
            leave(&paths[1]),
            leave(&paths[2]),
            leave(&paths[3]),
            leave(&paths[4]),
            leave(&paths[5]),
            leave(&paths[6]),
            leave(&paths[7]),
        );
        for (status, answer) in [a, b, c, d, e, f, g, h] {
            assert!(status == 204 || status == 409, "{status} {answer}");
        }
        let left = operator.done("GET", &members, Value::Null).await;
        assert!(!left["items"].as_array().expect("items").is_empty());
    })
    .await;
}

#[tokio::test]
async fn invitations_are_made_listed_and_taken_back() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let made = operator.done("POST", "/organizations", json!({"name": "Example"})).await;
        let path = format!("/organizations/{}/invitations", made["id"].as_str().expect("an id"));
        let input = |role: &str| json!({"email": "ann@example.com", "role": role});
        let first = operator.refused("POST", &path, input("viewer")).await;
        assert_eq!(first, (409, "first_is_owner".to_owned()));
        let one = operator.done("POST", &path, input("owner")).await;
        assert_eq!((&one["state"], &one["role"]), (&json!("waiting"), &json!("owner")));
        assert_eq!(operator.done("GET", &path, Value::Null).await["items"], json!([one]));
        app.run_jobs_now().await;
        let mail = app.mails().pop().expect("a mail");
        assert!(mail.contains("To: ann@example.com") && mail.contains("The team of the portal"), "{mail}");

        app.advance(INVITATION_LIFETIME);
        assert_eq!(operator.done("GET", &path, Value::Null).await["items"][0]["state"], "expired");
        let single = format!("{path}/{}", one["id"].as_str().expect("an id"));
        operator.done("DELETE", &single, Value::Null).await;
        assert_eq!(operator.refused("DELETE", &single, Value::Null).await, (404, "not_found".to_owned()));
        let unknown = operator.refused("POST", &path, json!({"email": "nobody", "role": "owner"})).await;
        assert_eq!(unknown.0, 422);
    })
    .await;
}
