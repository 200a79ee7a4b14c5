//! What is refused, and at once.

use std::time::Duration;

use gatehouse_core::jose::verify::LONGEST_TOKEN;
use gatehouse_server::actions::{apis, applications, client_secrets, entitlements};
use serde_json::json;

use super::cases;
use super::request::{Expected, TokenRequest, form};
use crate::support::world::{Client, World, input};
use crate::support::{TestApp, on_each_engine};

fn ask(client: &Client) -> TokenRequest {
    TokenRequest::new(&form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &client.client_id),
        ("client_secret", client.secret.expose()),
    ]))
}

#[tokio::test]
async fn malformed_requests_get_their_exact_answer() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let (id, other) = (&world.service.client_id, &world.other.client_id);
    let cases = cases::all(id, world.service.secret.expose(), other);
    assert!(cases.len() >= 40, "{} cases", cases.len());
    for (name, request, expected) in cases {
        expected.check(name, request.send(&app.base).await, &app.base).await;
    }
    assert_eq!(app.state.token_usage.total(), 0, "none of them got a token");
    app.stop().await;
}

#[tokio::test]
async fn whoever_has_no_entitlement_gets_nothing() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let text = "this application has no scope here yet: request access to an API in the portal and wait for approval";
    let expected = Expected::new(400, "invalid_scope", text);
    expected.check("no entitlement", ask(&world.other).send(&app.base).await, &app.base).await;
    app.stop().await;
}

/// Better no token than one that every API turns away.
#[tokio::test]
async fn a_token_too_long_to_be_accepted_is_not_given() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let names: Vec<String> = (0..60).map(|number| format!("{}:{number}", "x".repeat(90))).collect();
    let operations: serde_json::Map<String, serde_json::Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let operation = json!({"security": [{"o": [name]}], "responses": {"200": {"description": "ok"}}});
            (format!("/v9/{at}"), json!({"get": operation}))
        })
        .collect();
    let described: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!("Reads."))).collect();
    let flow = json!({"clientCredentials": {"tokenUrl": "/t", "scopes": described}});
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Wide", "version": "9"}, "paths": operations,
        "components": {"securitySchemes": {"o": {"type": "oauth2", "flows": flow}}},
    });
    let api = json!({
        "document": document, "audience": "api://wide", "slug": "wide", "upstream": "builtin:results",
        "state": "published",
    });
    apis::create(ctx, &actor, input(api)).await.expect("an API");
    entitlements::grant(ctx, &actor, world.service.id, input(json!({"api": "wide"}))).await.expect("an entitlement");
    app.poll_changes_now().await;
    let asking_for = |scopes: String| {
        TokenRequest::new(&form(&[
            ("grant_type", "client_credentials"),
            ("client_id", &world.service.client_id),
            ("client_secret", world.service.secret.expose()),
            ("scope", &scopes),
        ]))
    };
    let text = "the token would be too long to be accepted anywhere: ask for fewer scopes, or for one resource";
    let expected = Expected::new(400, "invalid_scope", text);
    expected.check("all of them", asking_for(names.join(" ")).send(&app.base).await, &app.base).await;
    // As many as go: what is given is taken.
    let most = (1..names.len()).rev().map(|count| asking_for(names[..count].join(" ")));
    let mut given = None;
    for request in most {
        let answer = request.send(&app.base).await;
        if answer.status() == 200 {
            given = Some(answer.json::<serde_json::Value>().await.expect("JSON"));
            break;
        }
    }
    let given = given.expect("some go");
    let token = given["access_token"].as_str().expect("a token");
    assert!((7 * 1024..=LONGEST_TOKEN).contains(&token.len()), "{}", token.len());
    let call = async |token: &str| {
        app.request("GET", "/v9/0").header("token", token).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(call(token).await, 404, "it passes the gate, and there is nothing behind it");
    assert_eq!(call(&format!("{token}x")).await, 401);
    app.stop().await;
}

/// Each of these is refused by the first request after the action.
#[tokio::test]
async fn what_was_taken_away_is_refused_at_once() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let (ctx, actor, service) = (app.ctx(), TestApp::actor(), &world.service);
        assert_eq!(ask(service).send(&app.base).await.status(), 200, "and the application is in memory now");

        applications::suspend(ctx, &actor, service.id).await.expect("suspends");
        app.poll_changes_now().await;
        let suspended = "the application is suspended: its page in the portal says why and whom to ask";
        refused(app, service, "invalid_client", suspended).await;
        applications::reactivate(ctx, &actor, service.id).await.expect("reactivates");
        app.poll_changes_now().await;
        assert_eq!(ask(service).send(&app.base).await.status(), 200);

        let all = entitlements::Transition::Suspend;
        let results = (service.id, "results".to_owned());
        entitlements::change_scopes(ctx, &actor, results, all, input(json!({}))).await.expect("suspends");
        app.poll_changes_now().await;
        let text =
            "this application has no scope here yet: request access to an API in the portal and wait for approval";
        let answer = ask(service).send(&app.base).await;
        Expected::new(400, "invalid_scope", text).check("suspended scopes", answer, &app.base).await;

        let secret = (service.id, service.secret_id);
        let how = input(json!({"compromised": true, "last_active": true}));
        client_secrets::revoke(ctx, &actor, secret, how).await.expect("revokes");
        app.poll_changes_now().await;
        let revoked =
            "this client secret was revoked: use another one of the application or generate one in the portal";
        refused(app, service, "invalid_client", revoked).await;

        applications::delete(ctx, &actor, service.id).await.expect("deletes");
        app.poll_changes_now().await;
        let unknown = "the client id or the client secret is not right: compare them with those of the application in \
                       the portal";
        refused(app, service, "invalid_client", unknown).await;
    })
    .await;
}

#[tokio::test]
async fn expiry_and_the_end_of_a_grace_are_decided_on_read() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let (ctx, actor, service) = (app.ctx(), TestApp::actor(), &world.service);
    let new = input(json!({"expires_in_days": 1}));
    let made = client_secrets::create(ctx, &actor, service.id, new).await.expect("a secret");
    let second = Client { id: service.id, client_id: made.client_id, secret_id: made.secret.id, secret: made.text };
    let how = input(json!({"grace_seconds": 3_600}));
    client_secrets::retire(ctx, &actor, (service.id, service.secret_id), how).await.expect("retires");
    app.poll_changes_now().await;

    app.advance(Duration::from_secs(3_599));
    let answer: serde_json::Value = ask(service).send(&app.base).await.json().await.expect("JSON");
    assert_eq!(answer["expires_in"], 1, "a token does not outlive the secret that got it");
    app.advance(Duration::from_secs(1));
    let text = "this client secret was revoked: use another one of the application or generate one in the portal";
    refused(&app, service, "invalid_client", text).await;
    assert_eq!(ask(&second).send(&app.base).await.status(), 200);
    app.advance(Duration::from_secs(23 * 3_600));
    let text = "this client secret has expired: use another one of the application or generate one in the portal";
    refused(&app, &second, "invalid_client", text).await;
    app.stop().await;
}

#[tokio::test]
async fn who_fails_too_often_waits_and_nobody_else() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let wrong = || {
        TokenRequest::new(&form(&[
            ("grant_type", "client_credentials"),
            ("client_id", &world.service.client_id),
            ("client_secret", "wrong"),
        ]))
    };
    for _ in 0..100 {
        assert_eq!(wrong().send(&app.base).await.status(), 401);
    }
    let answer = wrong().send(&app.base).await;
    assert_eq!(answer.headers().get("retry-after").and_then(|v| v.to_str().ok()), Some("60"));
    let expected = Expected::new(429, "invalid_client", "too many failed attempts: wait before you try again");
    expected.check("too often", answer, &app.base).await;
    assert_eq!(ask(&world.service).send(&app.base).await.status(), 200, "the right secret is never throttled");
    app.advance(Duration::from_secs(60));
    assert_eq!(wrong().send(&app.base).await.status(), 401);
    app.stop().await;
}

async fn refused(app: &TestApp, client: &Client, error: &'static str, text: &str) {
    let answer = ask(client).send(&app.base).await;
    Expected::new(401, error, text).check(text, answer, &app.base).await;
}
