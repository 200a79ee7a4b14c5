//! `/manage/v1/access_requests`

use serde_json::{Value, json};

use super::applications::{OWNER, REVIEWER, World, text};
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn a_request_becomes_an_entitlement() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        let application = world.application("service").await;
        let application_id = text(&operator.done("GET", &application, Value::Null).await["id"]);
        let new = json!({
            "application_id": application_id, "api": "studies", "scopes": ["studies:read", "studies:write"],
            "purpose": "Shows results on our dashboard.", "developer": OWNER,
        });
        let draft = operator.done("POST", "/access_requests", new.clone()).await;
        assert!(text(&draft["reference"]).starts_with("R-"));
        assert_eq!(operator.refused("POST", "/access_requests", new).await, (409, "request_open".to_owned()));
        let path = format!("/access_requests/{}", text(&draft["id"]));
        let early = json!({ "reviewer": REVIEWER, "scopes": [{ "scope": "studies:read", "decision": "approved" }] });
        let early = operator.refused("POST", &format!("{path}/decide"), early).await;
        assert_eq!(early, (409, "request_state".to_owned()));
        let submitted = operator.done("POST", &format!("{path}/submit"), Value::Null).await;
        // Sunday, 22 November 2026: both business days lie ahead.
        assert_eq!(submitted["due_at"], "2026-11-24T17:00:00.000Z");
        operator.done("POST", &format!("{path}/assign"), json!({ "reviewer": REVIEWER })).await;
        operator.done("POST", &format!("{path}/ask"), json!({ "reviewer": REVIEWER, "text": "For whom?" })).await;
        app.advance(std::time::Duration::from_secs(1));
        let note =
            operator.done("POST", &format!("{path}/notes"), json!({ "reviewer": REVIEWER, "text": "Hm." })).await;
        assert_eq!((&note["kind"], &note["text"]), (&json!("note"), &json!("Hm.")));
        let back = operator.done("POST", &format!("{path}/unassign"), Value::Null).await;
        assert_eq!((&back["assignee_id"], &back["state"]), (&Value::Null, &json!("needs_information")));
        let taken = operator.done("POST", &format!("{path}/assign"), json!({ "reviewer": REVIEWER })).await;
        app.advance(std::time::Duration::from_secs(60));
        operator.done("POST", &format!("{path}/answer"), json!({ "developer": OWNER, "text": "For us." })).await;
        let old = json!({ "reviewer": REVIEWER, "version": taken["version"], "scopes": [
            { "scope": "studies:read", "decision": "approved" },
        ] });
        let old = operator.refused("POST", &format!("{path}/decide"), old).await;
        assert_eq!(old, (409, "changed_meanwhile".to_owned()), "the developer has answered since");
        let decision = json!({ "reviewer": REVIEWER, "scopes": [
            { "scope": "studies:read", "decision": "approved" },
            { "scope": "studies:write", "decision": "declined", "reason": "You only read." },
        ] });
        let decided = operator.done("POST", &format!("{path}/decide"), decision).await;
        assert_eq!(decided["state"], "partly_approved");
        assert_eq!(decided["scopes"][1]["reason"], "You only read.");
        let held = operator.done("GET", &format!("{application}/entitlements"), Value::Null).await;
        let held = &held["items"][0];
        assert_eq!((&held["request_id"], held["scopes"].as_array().map(Vec::len)), (&draft["id"], Some(1)));
        let thread = operator.done("GET", &format!("{path}/messages"), Value::Null).await;
        let kinds: Vec<_> =
            thread["items"].as_array().expect("a list").iter().map(|item| text(&item["kind"])).collect();
        assert_eq!(
            (kinds.join(" ").as_str(), &thread["items"][2]["text"]),
            ("question note answer", &json!("For us."))
        );
        let by_reference = format!("/access_requests/{}", text(&draft["reference"]));
        assert_eq!(operator.done("GET", &by_reference, Value::Null).await, decided);
        let list = format!("/access_requests?application_id={application_id}&state=partly_approved");
        assert_eq!(operator.done("GET", &list, Value::Null).await["items"], json!([decided]));
        for (query, fits) in [
            ("api=studies", true),
            ("assignee=nobody", false),
            ("overdue=true", false),
            (&*format!("assignee={}", text(&decided["assignee_id"])), true),
        ] {
            let found = operator.done("GET", &format!("/access_requests?{query}"), Value::Null).await;
            assert_eq!(found["items"].as_array().map(Vec::len), Some(usize::from(fits)), "{query}");
        }
        let wrong = operator.refused("GET", "/access_requests?assignee=me", Value::Null).await;
        assert_eq!(wrong, (400, "invalid_parameter".to_owned()));
        let none = operator.done("GET", "/access_requests?state=draft", Value::Null).await;
        assert_eq!(none["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn asks_in_one_step_and_once() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let wanted = json!({
            "api": "studies", "scopes": ["studies:read"], "purpose": "Reads.", "terms_accepted": true,
            "developer": OWNER, "idempotency_key": "form-1",
            "application": { "organization_name": "Acme", "name": "Dashboard", "type": "service", "api_user": OWNER },
        });
        let (status, made) = world.operator.call("POST", "/access_requests/apply", wanted.clone()).await;
        assert_eq!((status.as_u16(), &made["state"]), (201, &json!("submitted")), "{made}");
        assert_eq!(made["terms_accepted_at"], made["submitted_at"]);
        let (status, again) = world.operator.call("POST", "/access_requests/apply", wanted.clone()).await;
        assert_eq!((status.as_u16(), &again), (200, &made), "nothing is made twice");
        let mut wrong = wanted;
        wrong["idempotency_key"] = json!("form-2");
        let (status, answer) = world.operator.call("POST", "/access_requests/apply", wrong.clone()).await;
        let field = &answer["errors"][0]["field"];
        assert_eq!((status.as_u16(), field), (422, &json!("application.organization_name")), "theirs has that name");
        wrong["application"]["organization_name"] = json!("Other");
        wrong["application"]["name"] = json!("");
        let (status, answer) = world.operator.call("POST", "/access_requests/apply", wrong).await;
        assert_eq!((status.as_u16(), &answer["errors"][0]["field"]), (422, &json!("application.name")));
    })
    .await;
}

#[tokio::test]
async fn refusals_name_the_field() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let application = world.application("service").await;
    let id = application.rsplit('/').next().expect("an id");
    let base = json!({
        "application_id": id, "api": "studies", "scopes": ["studies:read"], "purpose": "Reads.", "developer": OWNER,
    });
    let cases = [
        ("purpose", json!(""), "purpose", "required"),
        ("scopes", json!([]), "scopes", "required"),
        ("scopes", json!(["studies:read", "other"]), "scopes[1]", "unknown"),
        ("developer", json!(REVIEWER), "developer", "not_eligible"),
        ("developer", Value::Null, "developer", "required"),
        ("answers", json!({ "x": "y" }), "answers.x", "unknown"),
        ("state", json!("approved"), "state", "unknown_field"),
    ];
    for (field, value, wrong, code) in cases {
        let mut input = base.clone();
        input[field] = value;
        let (status, answer) = world.operator.call("POST", "/access_requests", input).await;
        let error = &answer["errors"][0];
        let expected = (422, &json!(wrong), &json!(code));
        assert_eq!((status.as_u16(), &error["field"], &error["code"]), expected, "{field}: {answer}");
    }
    let mut input = base;
    input["api"] = json!("nothing");
    assert_eq!(world.operator.refused("POST", "/access_requests", input).await.0, 404);
    app.stop().await;
}

#[tokio::test]
async fn an_operator_says_whether_the_developer_accepts_the_terms() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let operator = &world.operator;
        for (body, is_kept) in [(Value::Null, false), (json!({}), false), (json!({ "terms_accepted": true }), true)] {
            let application = world.application("service").await;
            let application_id = text(&operator.done("GET", &application, Value::Null).await["id"]);
            let new = json!({
                "application_id": application_id, "api": "studies", "scopes": ["studies:read"], "purpose": "Reads.",
                "developer": OWNER,
            });
            let draft = operator.done("POST", "/access_requests", new).await;
            let path = format!("/access_requests/{}/submit", text(&draft["id"]));
            assert_eq!(operator.refused("POST", &path, json!({ "terms": true })).await.0, 422, "unknown");
            let submitted = operator.done("POST", &path, body.clone()).await;
            assert_eq!(
                (&submitted["state"], submitted["terms_accepted_at"].is_string()),
                (&json!("submitted"), is_kept)
            );
        }
    })
    .await;
}
