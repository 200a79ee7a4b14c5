//! Changes of other processes that are hard to take in.

use gatehouse_server::actions::{apis, applications};
use gatehouse_server::directory::watch::poll;
use gatehouse_store::testing::{hide, shown, write_unknown_change};
use serde_json::{Value, json};

use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

async fn ask(app: &TestApp, world: &World) -> reqwest::Response {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &world.service.client_id),
        ("client_secret", world.service.secret.expose()),
    ];
    app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer")
}

async fn token(app: &TestApp, world: &World) -> String {
    let answer: Value = ask(app, world).await.json().await.expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}

/// 404 for a token that passes: nothing was imported.
async fn call(app: &TestApp, token: &str) -> u16 {
    let path = "/v2/sessionResults?testId=3fa85f64-5717-4562-b3fc-2c963f66afa6";
    app.request("GET", path).header("token", token).send().await.expect("an answer").status().as_u16()
}

async fn suspend(app: &TestApp, world: &World) {
    applications::suspend(app.ctx(), &TestApp::actor(), world.service.id).await.expect("is suspended");
}

#[tokio::test]
async fn revocations_arrive_although_the_catalogue_cannot_be_read() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let token = token(app, &world).await;
        assert_eq!(call(app, &token).await, 404);
        // Both kinds of change at once: one that makes everything be read, and that fails at the APIs.
        write_unknown_change(&app.ctx().db).await;
        suspend(app, &world).await;
        hide(&app.ctx().db, "api_versions").await;
        assert!(poll(&app.state).await.is_err());
        assert_eq!(call(app, &token).await, 401);
        assert_eq!(ask(app, &world).await.status(), 401);

        shown(&app.ctx().db, "api_versions").await;
        app.poll_changes_now().await;
        assert_eq!(call(app, &token).await, 401);
    })
    .await;
}

/// A newer program writes kinds of changes that this one has never heard of.
#[tokio::test]
async fn an_unknown_change_holds_up_no_other() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let token = token(app, &world).await;
        write_unknown_change(&app.ctx().db).await;
        suspend(app, &world).await;
        app.poll_changes_now().await;
        assert_eq!(call(app, &token).await, 401);
        assert_eq!(ask(app, &world).await.status(), 401);
        applications::reactivate(app.ctx(), &TestApp::actor(), world.service.id).await.expect("is active again");
        app.poll_changes_now().await;
        assert_eq!(ask(app, &world).await.status(), 200, "and the next ones are taken in one by one");
    })
    .await;
}

/// Each kind of change reads what is its own, so that a poll which finds both reads nothing twice.
#[tokio::test]
async fn a_change_of_an_api_reads_no_revocations() {
    on_each_engine(async |app| {
        World::new(app).await;
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let api = apis::get_by_slug(ctx, "results").await.expect("the API");
        apis::edit(ctx, actor, api.id, input(json!({"state": "retired"}))).await.expect("is retired");
        hide(&ctx.db, "revocations").await;
        app.poll_changes_now().await;
        assert_eq!(call(app, "").await, 404, "there is no such API any more");
        shown(&ctx.db, "revocations").await;
    })
    .await;
}
