//! `/applications`: the list, its search and its filters.

use gatehouse_server::actions::{access_requests, applications, users};
use serde_json::json;

use super::{OWNER, STRANGER, people};
use crate::support::browser::Browser;
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn shows_the_organizations_own() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let owner = app.browser(OWNER).await;
        let list = owner.get("/applications").await;
        assert_eq!((list.status, &list.headers["cache-control"]), (200, &"no-store".parse().expect("a value")));
        for id in [world.service.id, world.other.id] {
            assert!(list.html.contains(&format!("href=\"/applications/{id}\"")));
        }
        assert!(list.html.contains("2 applications") && list.html.contains("No access</span>"));
        let stranger = app.browser(STRANGER).await.get("/applications").await.html;
        assert!(stranger.contains("No applications yet") && stranger.contains("Browse APIs"), "{stranger}");
        assert!(!stranger.contains("app_"));
        let visitor = Browser::new(app).get("/applications?q=a").await;
        assert_eq!((visitor.status, visitor.location.as_str()), (303, "/sign-in?return_to=/applications%3Fq%3Da"));
    })
    .await;
}

#[tokio::test]
async fn searches_and_filters_by_links() {
    let app = TestApp::sqlite().await;
    let world = people(&app).await;
    let organization = super::organization(&app, world.service.id).await;
    for (name, environment) in [("Weather Éclair", "sandbox"), ("Zoo", "production")] {
        let new = json!({"organization_id": organization, "name": name, "type": "service", "environment": environment});
        applications::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("made");
    }
    let owner = app.browser(OWNER).await;
    for (query, names) in [
        ("?q=éclair+WEATHER", vec!["Weather Éclair"]),
        ("?q=zoo", vec!["Zoo"]),
        ("?show=sandbox", vec!["Weather Éclair"]),
        ("?show=production&q=zoo", vec!["Zoo"]),
        ("?show=suspended", vec![]),
        ("?show=nonsense&q=zoo&page=99", vec!["Zoo"]),
        ("?q=nothing+like+it", vec![]),
    ] {
        let html = owner.get(&format!("/applications{query}")).await.html;
        for name in ["Weather Éclair", "Zoo", "Service"] {
            assert_eq!(html.contains(&format!("\">{name}</a>")), names.contains(&name), "{query} {name}");
        }
        assert_eq!(html.contains("Nothing fits"), names.is_empty(), "{query}");
    }
    let found = owner.get(&format!("/applications?q={}", world.other.client_id)).await.html;
    assert!(found.contains(&world.other.id.to_string()) && !found.contains(&world.service.id.to_string()));
    assert!(owner.get("/applications?q=a&show=sandbox").await.html.contains("/applications?q=a&#38;show=production"));
    assert_eq!(owner.get("/applications?page=x").await.status, 400);
}

#[tokio::test]
async fn what_has_no_access_says_why() {
    on_each_engine(async |app: &TestApp| {
        let world = people(app).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let reviewer = json!({"email": "rita@example.org", "name": "Rita", "role": "reviewer", "email_verified": true});
        users::create(ctx, &actor, input(reviewer)).await.expect("a reviewer");
        let owner = app.browser(OWNER).await;
        let says = async |words: &str| {
            for path in ["/applications", "/"] {
                let html = owner.get(path).await.html;
                assert!(html.contains(&format!("{words}</span>")), "{path}, {words}: {html}");
            }
        };
        let list_of = format!("href=\"/applications/{}\"", world.other.id);
        let attention = async || owner.get("/applications?show=attention").await.html.matches(&list_of).count();
        says("No access").await;
        let new = json!({"application_id": world.other.id, "api": "results", "scopes": ["studies:read"],
            "purpose": "Shows results.", "developer": OWNER});
        let request = access_requests::create(ctx, &actor, input(new)).await.expect("a draft").id;
        says("No access").await;
        access_requests::submit(ctx, &actor, request, input(json!({}))).await.expect("submitted");
        says("Waiting for review").await;
        let (overview, access) =
            (format!("/applications/{}", world.other.id), format!("/applications/{}/access", world.other.id));
        assert!(owner.get(&access).await.html.contains("An access request is not decided yet."));
        assert_eq!(attention().await, 0, "nothing is left for the organization to do");
        let question = json!({"reviewer": "rita@example.org", "text": "What for?"});
        access_requests::ask(ctx, &actor, request, input(question)).await.expect("asked");
        says("Waiting for your answer").await;
        assert_eq!(attention().await, 1);
        let scopes = json!([{"scope": "studies:read", "decision": "declined", "reason": "No."}]);
        let decision = json!({"reviewer": "rita@example.org", "scopes": scopes});
        access_requests::decide(ctx, &actor, request, input(decision)).await.expect("decided");
        says("Declined").await;
        let (told, tab) = (owner.get(&overview).await.html, owner.get(&access).await.html);
        assert!(told.contains("was declined: read why") && told.contains("href=\"/requests/R-"), "{told}");
        assert!(
            tab.contains("Nothing came of the last access request.") && tab.contains("href=\"/requests/R-"),
            "{tab}"
        );
    })
    .await;
}
