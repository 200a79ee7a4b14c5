//! `/manage/v1/applications`, their secrets and entitlements

use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

/// An operator with an organization and an API of three scopes.
pub(super) struct World<'a> {
    pub(super) operator: Operator<'a>,
    pub(super) organization: String,
}

pub(super) const OWNER: &str = "owner@example.com";
pub(super) const REVIEWER: &str = "reviewer@example.org";

impl<'a> World<'a> {
    pub(super) async fn new(app: &'a TestApp) -> Self {
        let operator = Operator::new(app).await;
        for (email, role) in [(OWNER, "developer"), (REVIEWER, "reviewer")] {
            let user = json!({ "email": email, "name": "User", "role": role, "email_verified": true });
            operator.done("POST", "/users", user).await;
        }
        let organization = json!({ "name": "Org", "owner": OWNER });
        let organization = operator.done("POST", "/organizations", organization).await;
        let server = json!({ "id": "default", "name": "Default", "audience": "https://api.example.com" });
        operator.done("POST", "/servers", server).await;
        let api = json!({
            "document": document(), "slug": "studies", "audience": "https://api.example.com/studies",
            "state": "published",
        });
        operator.done("POST", "/apis", api).await;
        Self { operator, organization: text(&organization["id"]) }
    }

    /// The path of a new application.
    pub(super) async fn application(&self, application_type: &str) -> String {
        let input = json!({ "organization_id": self.organization, "name": "App", "type": application_type });
        let made = self.operator.done("POST", "/applications", input).await;
        format!("/applications/{}", text(&made["id"]))
    }
}

fn document() -> Value {
    let scopes = json!({ "studies:read": "Read", "studies:write": "Write" });
    let flow = json!({ "clientCredentials": { "tokenUrl": "/token", "scopes": scopes } });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Studies", "version": "1" },
        "paths": { "/studies": { "get": {
            "operationId": "list", "responses": { "200": { "description": "ok" } },
            "security": [{ "oauth": ["studies:read"] }],
        } } },
        "components": { "securitySchemes": { "oauth": { "type": "oauth2", "flows": flow } } },
    })
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn an_application_from_first_to_last() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        let path = world.application("web").await;
        let made = operator.done("GET", &path, Value::Null).await;
        assert_eq!(
            (&made["state"], &made["environment"], &made["require_pkce"]),
            (&json!("active"), &json!("production"), &json!(true))
        );
        assert_eq!(made["token_endpoint_auth_methods"], json!(["client_secret_basic", "client_secret_post"]));
        let change = json!({ "name": "Renamed", "redirect_uris": ["https://app.example.com/cb"], "homepage": null });
        let changed = operator.done("PATCH", &path, change).await;
        assert_eq!((&changed["name"], &changed["client_id"]), (&json!("Renamed"), &made["client_id"]));
        let user = operator.done("PUT", &format!("{path}/api_user"), json!({ "user": OWNER })).await;
        assert!(text(&user["api_user_id"]).starts_with("usr_"));
        let suspended = operator.done("POST", &format!("{path}/suspend"), Value::Null).await;
        assert_eq!(suspended["state"], "suspended");
        let again = operator.refused("POST", &format!("{path}/suspend"), Value::Null).await;
        assert_eq!(again, (409, "application_already_suspended".to_owned()));
        operator.done("POST", &format!("{path}/reactivate"), Value::Null).await;
        let of = format!("/applications?organization_id={}", world.organization);
        assert_eq!(operator.done("GET", &of, Value::Null).await["items"].as_array().map(Vec::len), Some(1));
        operator.done("DELETE", &path, Value::Null).await;
        assert_eq!(operator.refused("GET", &path, Value::Null).await, (404, "not_found".to_owned()));
        assert_eq!(operator.done("GET", &of, Value::Null).await["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn refusals_name_the_field() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let organization = &world.organization;
    let cases = [
        (json!({ "organization_id": organization, "name": "", "type": "web" }), "name", "required"),
        (json!({ "organization_id": organization, "name": "A", "type": "robot" }), "type", "invalid"),
        (json!({ "organization_id": organization, "name": "A" }), "type", "required"),
        (
            json!({ "organization_id": organization, "name": "A", "type": "web", "state": "active" }),
            "state",
            "unknown_field",
        ),
        (
            json!({ "organization_id": organization, "name": "A", "type": "web", "client_id": "x" }),
            "client_id",
            "unknown_field",
        ),
        (json!({ "organization_id": "org_x", "name": "A", "type": "web" }), "organization_id", "invalid"),
        (json!({ "organization_id": organization, "name": "A", "type": "browser" }), "redirect_uris", "required"),
        (
            json!({ "organization_id": organization, "name": "A", "type": "web", "redirect_uris": ["https://a@b.example/"] }),
            "redirect_uris[0]",
            "user_info",
        ),
        (
            json!({ "organization_id": organization, "name": "A", "type": "web", "homepage": "x" }),
            "homepage",
            "invalid_url",
        ),
        (
            json!({ "organization_id": organization, "name": "A", "type": "web", "api_user": REVIEWER }),
            "api_user",
            "not_eligible",
        ),
        (
            json!({ "organization_id": organization, "name": "A", "type": "web", "protocol": { "jwks": { "keys": [{ "k": "x" }] } } }),
            "jwks",
            "private_key",
        ),
    ];
    for (input, field, code) in cases {
        let (status, answer) = world.operator.call("POST", "/applications", input.clone()).await;
        let error = &answer["errors"][0];
        assert_eq!(
            (status.as_u16(), &error["field"], &error["code"]),
            (422, &json!(field), &json!(code)),
            "{input}: {answer}"
        );
    }
    let none = world.operator.done("GET", "/applications", Value::Null).await;
    assert_eq!(none["items"], json!([]), "nothing was made");
    let path = world.application("native").await;
    let secret = world.operator.refused("POST", &format!("{path}/secrets"), json!({})).await;
    assert_eq!(secret, (409, "public_application".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        let secrets = format!("{}/secrets", world.application("service").await);
        let first = operator.done("POST", &secrets, json!({ "name": "first" })).await;
        let shown = text(&first["client_secret"]);
        assert!(shown.starts_with("gh_cs_") && shown.ends_with(&text(&first["last_four"])));
        let listed = operator.done("GET", &secrets, Value::Null).await;
        assert!(!listed.to_string().contains(&shown));
        let of_first = format!("{secrets}/{}", text(&first["id"]));
        let last = operator.refused("POST", &format!("{of_first}/revoke"), json!({})).await;
        assert_eq!(last, (409, "last_active_secret".to_owned()));
        operator.done("POST", &secrets, json!({})).await;
        let retired = operator.done("POST", &format!("{of_first}/retire"), json!({ "grace_seconds": 60 })).await;
        assert_eq!((&retired["state"], &retired["ended_at"]), (&json!("retiring"), &Value::Null));
        app.advance(std::time::Duration::from_secs(60));
        let listed = operator.done("GET", &secrets, Value::Null).await.to_string();
        assert!(listed.contains("\"revoked\""), "the grace is over, job or no job: {listed}");
        app.run_jobs_now().await;
        let again = operator.refused("POST", &format!("{of_first}/revoke"), json!({})).await;
        assert_eq!(again, (409, "secret_already_revoked".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_slot_waits_for_a_person() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        let application = world.application("service").await;
        let slots = format!("{application}/secret_slots");
        let opened = operator.done("POST", &slots, Value::Null).await;
        assert_eq!((&opened["state"], &opened["collected_by"]), (&json!("open"), &Value::Null));
        assert!(!opened.to_string().contains("gh_cs_"), "there is no secret yet");
        let again = operator.refused("POST", &slots, Value::Null).await;
        assert_eq!(again, (409, "slot_open".to_owned()));
        app.run_jobs_now().await;
        assert!(app.mails().concat().contains("waits for you"));
        app.advance(std::time::Duration::from_secs(72 * 3_600));
        let listed = operator.done("GET", &slots, Value::Null).await;
        assert_eq!(listed["items"][0]["state"], "lapsed");
        let refused = operator.done("GET", &format!("{application}/refused_calls"), Value::Null).await;
        assert_eq!(refused["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_compromise_is_mailed() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let secrets = format!("{}/secrets", world.application("service").await);
    let made = world.operator.done("POST", &secrets, json!({})).await;
    let revoke = format!("{secrets}/{}/revoke", text(&made["id"]));
    world.operator.done("POST", &revoke, json!({ "compromised": true })).await;
    app.run_jobs_now().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(OWNER) && mails[0].contains("compromised"), "{}", mails[0]);
    assert!(!mails[0].contains(&text(&made["client_secret"])), "no mail carries a secret");
    app.stop().await;
}

#[tokio::test]
async fn scopes_come_and_go() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        let path = format!("{}/entitlements", world.application("service").await);
        let granted = operator.done("POST", &path, json!({ "api": "studies", "scopes": ["studies:read"] })).await;
        assert_eq!((&granted["scopes"][0]["state"], &granted["quota_limit"]), (&json!("active"), &Value::Null));
        let unknown = operator.call("POST", &path, json!({ "api": "studies", "scopes": ["x"] })).await.1;
        assert_eq!(unknown["errors"][0]["field"], "scopes[0]");
        let of = format!("{path}/studies");
        let quota = operator.done("PUT", &format!("{of}/quota"), json!({ "quota_limit": 50 })).await;
        assert_eq!(quota["quota_limit"], 50);
        for (verb, state) in [("suspend", "suspended"), ("resume", "active"), ("revoke", "revoked")] {
            let changed = operator.done("POST", &format!("{of}/{verb}"), json!({})).await;
            assert_eq!(changed["scopes"][0]["state"], state);
        }
        let ended = operator.refused("POST", &format!("{of}/resume"), json!({ "scopes": ["studies:read"] })).await;
        assert_eq!(ended, (409, "scope_ended".to_owned()));
        let missing = operator.refused("POST", &format!("{path}/nothing/revoke"), json!({})).await;
        assert_eq!(missing, (404, "not_found".to_owned()));
        let all = operator.done("GET", &path, Value::Null).await;
        assert_eq!(all["items"].as_array().map(Vec::len), Some(1));
    })
    .await;
}
