//! What applications can learn about a user: the page, the management API.

use serde_json::{Value, json};

use super::person;
use crate::manage::Operator;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn fields_are_checked_kept_and_seen_by_operators() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = app.browser("ann@example.com").await;
        assert!(browser.get("/profile").await.html.contains("/profile/shared"));
        let wrong = [("picture", "http://a.example/p.png"), ("birthdate", "1990-02-30"), ("given_name", "\"><b>")];
        let page = browser.post("/profile/shared", &wrong).await;
        assert_eq!(page.status, 422);
        for part in ["href=\"#picture\"", "href=\"#birthdate\"", "1990-02-30", "begins with https://"] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        assert!(!page.html.contains("\"><b>"));
        let right = [
            ("given_name", " Ann "),
            ("phone_number", "+41 44 123-45-67"),
            ("address.street_address", "A 1\r\nB"),
            ("address.country", ""),
            ("nickname", " "),
        ];
        assert_eq!(browser.post("/profile/shared", &right).await.location, "/profile/shared?done=saved");
        assert_eq!(browser.post("/profile/shared", &[("role", "admin")]).await.status, 400);
        let kept = json!({
            "given_name": "Ann", "phone_number": "+41441234567", "address": { "street_address": "A 1\nB" }
        });
        let user = gatehouse_server::actions::users::get_by_ref(app.ctx(), "ann@example.com").await.expect("a user").id;
        let operator = Operator::new(app).await;
        let path = format!("/users/{user}/profile");
        assert_eq!(operator.done("GET", &path, Value::Null).await, kept);
        let refused = operator.refused("PUT", &path, json!({ "website": "ftp://a.example" })).await;
        assert_eq!(refused.0, 422);
        let website = json!({ "website": "https://a.example" });
        assert_eq!(operator.done("PUT", &path, website.clone()).await, website);
        assert!(browser.get("/profile/shared").await.html.contains("https://a.example"));
        let path = format!("/users/{user}/factors");
        assert_eq!(operator.done("GET", &path, Value::Null).await, json!({ "app": null, "passkeys": [] }));
        for factor in ["app", "psk_00000000000000000000000000", "x"] {
            let path = format!("{path}/{factor}/remove");
            assert_eq!(operator.refused("POST", &path, Value::Null).await.0, 404, "{factor}");
        }
    })
    .await;
}
