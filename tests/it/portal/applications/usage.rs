//! Usage, refused calls in words, and the first call.

use std::time::Duration;

use gatehouse_server::actions::applications::{self, refused_calls};
use gatehouse_server::actions::{access_requests, apis as api_actions, entitlements};
use gatehouse_server::every_second::write_once;
use gatehouse_store::db::Tx;
use gatehouse_store::testing::NOW;
use gatehouse_store::usage::Calls;
use gatehouse_store::{apis, usage};
use serde_json::{Value, json};

use super::{OWNER, VIEWER, organization, people};
use crate::support::customer::{Customer, REDIRECT_URI};
use crate::support::world::{Client, input};
use crate::support::{TestApp, on_each_engine};

async fn token(app: &TestApp, client: &Client, scope: &str) -> reqwest::Response {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.client_id),
        ("client_secret", client.secret.expose()),
        ("scope", scope),
    ];
    app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer")
}

async fn access_token(app: &TestApp, client: &Client, scope: &str) -> String {
    let answer: Value = token(app, client, scope).await.json().await.expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}

async fn call(app: &TestApp, path: &str, token: &str) -> u16 {
    let answer = app.request("GET", path).header("token", token).send().await.expect("an answer");
    answer.status().as_u16()
}

const SESSIONS: &str = "/v2/sessionResults?testId=11111111-1111-4111-8111-111111111111&secret=in-the-query";

#[tokio::test]
async fn refused_calls_say_why() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (id, client) = (world.service.id, &world.service);
        let good = access_token(app, client, "public_api.read").await;
        for _ in 0..10 {
            assert_eq!(call(app, SESSIONS, &good).await, 404, "within the quota");
        }
        assert_eq!(call(app, SESSIONS, &good).await, 429);
        assert_eq!(token(app, client, "nothing:like-it").await.status(), 400);
        let wrong = "gh_cs_wrong";
        let named = client.client_id.as_str();
        for (id, secret) in [(named, wrong), (named, wrong), ("unknownclient", wrong)] {
            let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
            let answer = app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer");
            assert_eq!(answer.status(), 401);
        }
        app.advance(Duration::from_secs(3_600 + 180));
        assert_eq!(call(app, SESSIONS, &good).await, 401);
        write_once(&app.state).await.expect("written");

        let calls = refused_calls(app.ctx(), &TestApp::actor(), id).await.expect("calls");
        let seen: Vec<_> = calls.iter().map(|call| (call.status, call.code.as_str(), call.claimed)).collect();
        assert_eq!(seen[0], (401, "invalid_token", false));
        assert!(seen.contains(&(429, "quota_exceeded", false)) && seen.contains(&(400, "invalid_scope", false)));
        assert!(seen.contains(&(401, "invalid_client", true)), "{seen:?}");
        assert_eq!(seen.iter().filter(|call| **call == (404, "api_error", false)).count(), 10, "{seen:?}");
        assert_eq!(seen.len(), 15);

        let html = app.browser(VIEWER).await.get(&format!("/applications/{id}/usage")).await.html;
        for words in [
            "The access token expired 3 minutes before the call.",
            "The quota of 10 calls per 60 seconds was used up. The next window began 60 seconds later.",
            "the portal lists the granted ones. It asked for: nothing:like-it",
            "What was sent as client secret is not a whole secret of Gatehouse",
            "GET /v2/sessionResults</code>",
        ] {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert_eq!(html.matches("it may have been a stranger").count(), 1, "once, not for each of them: {html}");
        assert_eq!(html.matches("Not proved").count(), 3, "beside the sentence and at both: {html}");
        for hidden in ["in-the-query", "gh_cs_", good.as_str()] {
            assert!(!html.contains(hidden), "{hidden}");
        }
        assert!(refused_calls(app.ctx(), &TestApp::actor(), world.other.id).await.expect("calls").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_signs_customers_in_is_told_how() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let (web, owner) = (Customer::web(&app, &world).await, app.browser(OWNER).await);
    let page = owner.get(&format!("/applications/{}", web.id)).await.html;
    for part in ["Sign customers in", "href=\"/docs/sign-in\"", "/oauth2/default</code>", REDIRECT_URI] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let service = owner.get(&format!("/applications/{}", world.service.id)).await.html;
    assert!(!service.contains("Sign customers in"), "it signs nobody in: {service}");
}

#[tokio::test]
async fn the_first_call_is_noticed() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (id, owner) = (world.service.id, app.browser(OWNER).await);
        let page = owner.get(&format!("/applications/{id}")).await;
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("connect-src 'self';"), "the script may ask again: {policy}");
        let page = page.html;
        assert!(page.contains("Waiting for the first call") && page.contains("Check again"), "{page}");
        assert!(page.contains(&world.service.client_id) && page.contains("client_secret=$CLIENT_SECRET"));
        assert!(page.contains(&format!("data-watch=\"/applications/{id}/first-call\"")));
        let part = async || owner.get(&format!("/applications/{id}/first-call")).await.html;
        assert!(part().await.contains("Waiting for the first call") && !part().await.contains("<html"));

        let (client_id, hour) = (world.service.client_id.clone(), NOW);
        let refused = async move |tx: &mut Tx| {
            let api = apis::find_by_slug(tx, "results").await?.expect("an API").id;
            usage::add_calls(tx, &client_id, api, hour, Calls { calls: 1, refused: 1, failed: 0 }).await
        };
        app.ctx().db.write(refused).await.expect("written");
        assert!(part().await.contains("A call arrived and was refused."));

        let good = access_token(app, &world.service, "public_api.read").await;
        call(app, "/v2/sessionResults", &good).await;
        write_once(&app.state).await.expect("written");
        assert!(part().await.contains("A call arrived, and the API answered with an error."), "it names no test");
        let page = owner.get(&format!("/applications/{id}")).await.html;
        assert!(page.contains("Make the first call"), "nothing has worked yet: {page}");
        let hour = NOW;
        let (client_id, answered) = (world.service.client_id.clone(), Calls { calls: 1, refused: 0, failed: 0 });
        let answered = async move |tx: &mut Tx| {
            let api = apis::find_by_slug(tx, "results").await?.expect("an API").id;
            usage::add_calls(tx, &client_id, api, hour, answered).await
        };
        app.ctx().db.write(answered).await.expect("written");
        assert!(part().await.contains("Calls arrive.") && part().await.contains("data-arrived"));
        let usage = owner.get(&format!("/applications/{id}/usage")).await.html;
        assert!(usage.contains("<svg viewBox") && usage.contains("<dt>Calls</dt><dd>3</dd>"), "{usage}");
        assert_eq!(usage.matches("33.3\u{a0}%").count(), 2, "a third of them refused, a third failed: {usage}");
        assert!(usage.contains("the API answered 400: its answer says what is wrong with the call."), "{usage}");
        assert!(usage.contains("<code>api_error</code>"), "{usage}");
        let month = owner.get(&format!("/applications/{id}/usage?span=month")).await.html;
        assert!(month.contains("Sunday 22 November") && month.contains("30 days"), "{month}");
        let list = owner.get("/applications").await.html;
        assert!(list.contains("<td data-label=\"Calls in 24 h\" class=\"end\">3</td>"), "{list}");
    })
    .await;
}

#[tokio::test]
async fn calls_of_an_api_elsewhere_go_there() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let flows = json!({ "clientCredentials": { "tokenUrl": "/t", "scopes": { "things:read": "See things." } } });
        let document = json!({
            "openapi": "3.1.0", "info": { "title": "Things", "version": "1" },
            "servers": [{ "url": "https://things.example/base" }],
            "paths": { "/v1/things": { "get": {
                "security": [{ "oauth": ["things:read"] }], "responses": { "200": { "description": "Things." } },
            } } },
            "components": { "securitySchemes": { "oauth": { "type": "oauth2", "flows": flows } } },
        });
        let api = json!({ "document": document, "audience": "https://things.example", "state": "published" });
        let slug = api_actions::create(ctx, &actor, input(api)).await.expect("an API").slug;
        let organization_id = organization(app, world.service.id).await;
        let new = json!({ "organization_id": organization_id, "name": "Elsewhere", "type": "service" });
        let id = applications::create(ctx, &actor, input(new)).await.expect("an application").id;
        entitlements::grant(ctx, &actor, id, input(json!({ "api": slug }))).await.expect("an entitlement");
        let native = json!({ "organization_id": organization_id, "name": "Phone", "type": "native" });
        let native = applications::create(ctx, &actor, input(native)).await.expect("an application").id;
        let never = json!({
            "application_id": native, "api": slug, "scopes": ["things:read"], "purpose": "Shows.", "developer": OWNER,
        });
        let refused = access_requests::create(ctx, &actor, input(never)).await.expect_err("it could never use it");
        assert!(format!("{refused:?}").contains("not_for_type"), "{refused:?}");

        let owner = app.browser(OWNER).await;
        let page = owner.post(&format!("/applications/{id}/secrets"), &[("name", ""), ("newest", "")]).await.html;
        for text in
            ["API_URL=https://things.example\n", "https://things.example/base/v1/things", "not through the gate"]
        {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(page.contains("Authorization: Bearer $ACCESS_TOKEN") && !page.contains("TEST_ID"), "{page}");
        let page = owner.get(&format!("/applications/{id}")).await.html;
        assert!(page.contains("https://things.example/base/v1/things"), "{page}");
        assert!(!page.contains("Waiting for the first call") && !page.contains("in no workspace"), "{page}");
    })
    .await;
}
