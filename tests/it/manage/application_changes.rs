//! `/manage/v1/application_changes`

use std::time::Duration;

use serde_json::{Value, json};

use super::applications::{OWNER, REVIEWER, World, text};
use crate::support::{TestApp, on_each_engine};

const OLD: &str = "https://app.example.com/cb";

#[tokio::test]
async fn changes_are_listed_decided_and_withdrawn() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        let application = world.application("web").await;
        // What an operator changes never waits.
        let at_once = operator.done("PATCH", &application, json!({ "redirect_uris": [OLD] })).await;
        assert_eq!(at_once["redirect_uris"], json!([OLD]));
        operator.done("POST", &format!("{application}/entitlements"), json!({ "api": "studies" })).await;
        let owner = app.browser(OWNER).await;
        let propose = async |uri: &str| {
            let uris = format!("{OLD}\r\n{uri}");
            let fields = [("name", "App"), ("redirect_uris", uris.as_str())];
            assert_eq!(owner.post(&format!("{application}/settings"), &fields).await.status, 303);
            let list = operator.done("GET", "/application_changes?state=submitted", Value::Null).await;
            list["items"][0].clone()
        };
        let first = propose("https://first.example.com/cb").await;
        assert_eq!((&first["field"], &first["before"]), (&json!("redirect_uris"), &json!([OLD])));
        assert_eq!(first["after"], json!([OLD, "https://first.example.com/cb"]));
        assert_eq!(first["due_at"], "2026-11-24T17:00:00.000Z");
        let path = |change: &Value| format!("/application_changes/{}", text(&change["id"]));
        let withdrawn = operator.done("POST", &format!("{}/withdraw", path(&first)), Value::Null).await;
        assert_eq!((&withdrawn["state"], &withdrawn["decided_by"]), (&json!("withdrawn"), &Value::Null));
        let twice = operator.refused("POST", &format!("{}/withdraw", path(&first)), Value::Null).await;
        assert_eq!(twice, (409, "change_state".to_owned()));

        app.advance(Duration::from_secs(1));
        let second = propose("https://second.example.com/cb").await;
        let decide = format!("{}/decide", path(&second));
        let approve = json!({ "decision": "approved" });
        assert_eq!(operator.refused("POST", &decide, approve).await.0, 422, "no reviewer is named");
        let own = json!({ "decision": "approved", "reviewer": OWNER });
        assert_eq!(operator.refused("POST", &decide, own).await.0, 422, "no reviewer");
        let approve = json!({ "decision": "approved", "reviewer": REVIEWER });
        let approved = operator.done("POST", &decide, approve).await;
        assert_eq!((&approved["state"], &approved["reason"]), (&json!("approved"), &Value::Null));
        let found = operator.done("GET", &application, Value::Null).await;
        assert_eq!(found["redirect_uris"], json!([OLD, "https://second.example.com/cb"]));
        let by_reference = format!("/application_changes/{}", text(&second["reference"]));
        assert_eq!(operator.done("GET", &by_reference, Value::Null).await, approved);
        let of_application = format!("/application_changes?application_id={}&limit=1", text(&found["id"]));
        let list = operator.done("GET", &of_application, Value::Null).await;
        assert_eq!(list["items"], json!([withdrawn]));
        let next = format!("{of_application}&cursor={}", text(&list["next_cursor"]));
        assert_eq!(operator.done("GET", &next, Value::Null).await["items"], json!([approved]));
        let missing = operator.refused("GET", "/application_changes/C-00000000", Value::Null).await;
        assert_eq!(missing.0, 404);
        let policy = json!({ "review_policy": { "redirect_uri_changes": "at_once" } });
        let api = operator.done("GET", "/apis", Value::Null).await["items"][0]["id"].clone();
        let changed = operator.done("PATCH", &format!("/apis/{}", text(&api)), policy).await;
        assert_eq!(changed["review_policy"]["redirect_uri_changes"], "at_once");
        assert_eq!(propose("https://third.example.com/cb").await, Value::Null, "this API does not mind");
    })
    .await;
}
