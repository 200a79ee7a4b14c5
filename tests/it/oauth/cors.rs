//! Which scripts may call the protocol endpoints.

use gatehouse_server::actions::applications;
use serde_json::json;

use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const ORIGIN: &str = "https://spa.example.com";

/// An application in browsers, and one on a server.
async fn ground(app: &TestApp) {
    let world = World::new(app).await;
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let of = applications::find(ctx, &actor, world.service.id).await.expect("an application").organization_id;
    for (kind, uri) in [("browser", "https://spa.example.com/cb"), ("web", "https://web.example.com/cb")] {
        let new = json!({"organization_id": of, "name": kind, "type": kind, "redirect_uris": [uri]});
        applications::create(ctx, &actor, input(new)).await.expect("an application");
    }
    app.poll_changes_now().await;
}

fn header(answer: &reqwest::Response, name: &str) -> String {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text")).to_owned()
}

#[tokio::test]
async fn lets_in_browser_applications_alone() {
    on_each_engine(async |app: &TestApp| {
        ground(app).await;
        for endpoint in ["token", "revoke", "userinfo"] {
            let path = format!("/oauth2/default/v1/{endpoint}");
            let origins = [
                (ORIGIN, ORIGIN),
                ("https://web.example.com", ""),
                ("https://evil.example", ""),
                ("https://spa.example.com.evil.example", ""),
                ("http://spa.example.com", ""),
                ("null", ""),
            ];
            for (origin, allowed) in origins {
                let preflight = app.request("OPTIONS", &path).header("origin", origin);
                let preflight = preflight.header("access-control-request-method", "POST").send().await;
                let preflight = preflight.expect("an answer");
                assert_eq!(preflight.status().as_u16(), 204, "{endpoint} {origin}");
                assert_eq!(header(&preflight, "access-control-allow-origin"), allowed, "{endpoint} {origin}");
                let headers = if allowed.is_empty() { "" } else { "Authorization, Content-Type, DPoP" };
                assert_eq!(header(&preflight, "access-control-allow-headers"), headers);
                let answer = app.request("POST", &path).header("origin", origin).send().await.expect("an answer");
                assert!(answer.status().is_client_error());
                assert_eq!(header(&answer, "access-control-allow-origin"), allowed, "{endpoint} {origin}");
                assert_eq!(header(&answer, "vary"), "Origin");
                let exposed = if allowed.is_empty() { "" } else { "WWW-Authenticate, DPoP-Nonce, Retry-After" };
                assert_eq!(header(&answer, "access-control-expose-headers"), exposed);
                assert_eq!(header(&answer, "access-control-allow-credentials"), "", "never with cookies");
            }
        }
        for path in ["/oauth2/default/v1/authorize", "/oauth2/default/v1/logout", "/oauth2/default/v1/introspect", "/"]
        {
            let answer = app.request("GET", path).header("origin", ORIGIN).send().await.expect("an answer");
            assert_eq!(header(&answer, "access-control-allow-origin"), "", "{path}");
        }
    })
    .await;
}

/// An origin comes and goes with its application.
#[tokio::test]
async fn follows_the_applications() {
    on_each_engine(async |app: &TestApp| {
        ground(app).await;
        let allowed = async || {
            let request = app.request("POST", "/oauth2/default/v1/token").header("origin", ORIGIN);
            !header(&request.send().await.expect("an answer"), "access-control-allow-origin").is_empty()
        };
        assert!(allowed().await);
        let all = applications::list(app.ctx(), applications::Filter { limit: 100, ..Default::default() }).await;
        let all = all.expect("applications");
        let browser = all.iter().find(|one| one.name == "browser").expect("it is there");
        applications::suspend(app.ctx(), &TestApp::actor(), browser.id).await.expect("is suspended");
        app.poll_changes_now().await;
        assert!(!allowed().await);
    })
    .await;
}
