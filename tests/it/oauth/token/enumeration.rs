//! Who asks learns nothing about which client ids exist, neither from words nor from the work that is done.

use gatehouse_server::actions::organizations;

use super::request::{TokenRequest, form};
use crate::support::world::{Client, World};
use crate::support::{TestApp, on_each_engine};

/// The secret is well-formed, so that the id is really looked up.
async fn status(app: &TestApp, client_id: &str, secret_of: &Client) -> u16 {
    let pairs =
        [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret_of.secret.expose())];
    TokenRequest::new(&form(&pairs)).send(&app.base).await.status().as_u16()
}

/// Statements that a refusal takes.
async fn cost(app: &TestApp, client_id: &str, wrong: &Client) -> u64 {
    let before = app.ctx().db.statements().reads;
    assert_eq!(status(app, client_id, wrong).await, 401);
    app.ctx().db.statements().reads - before
}

#[tokio::test]
async fn an_unknown_client_id_costs_as_much_as_a_wrong_secret() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        assert_eq!(status(app, &world.service.client_id, &world.service).await, 200, "is in memory now");
        let [first, second, third] = ["unknown", &world.service.client_id, "UNKNOWN"]
            .map(async |id| (cost(app, id, &world.other).await, cost(app, id, &world.other).await));
        assert_eq!([first.await, second.await, third.await], [(1, 0); 3]);
        assert_eq!(status(app, &world.service.client_id, &world.service).await, 200, "the right secret is still right");
    })
    .await;
}

#[tokio::test]
async fn unknown_client_ids_are_no_applications_in_memory() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    for number in 0..200 {
        assert_eq!(status(&app, &format!("unknown{number}"), &world.service).await, 401);
    }
    assert_eq!(app.state.directory.client_count(), 0);
    assert_eq!(status(&app, &world.service.client_id, &world.service).await, 200);
    assert_eq!(app.state.directory.client_count(), 1);
}

/// The same randomness gives the same client ids, so one application says which id the other will make.
#[tokio::test]
async fn an_application_works_though_its_id_was_unknown_before() {
    let made = async |app: &TestApp| {
        let all = organizations::list(app.ctx(), String::new(), 1).await.expect("a list");
        Client::new(app.ctx(), all[0].id, "owner@example.com").await
    };
    let (elsewhere, here) = (TestApp::sqlite().await, TestApp::sqlite().await);
    World::new(&elsewhere).await;
    World::new(&here).await;
    let expected = made(&elsewhere).await;
    assert_eq!(status(&here, &expected.client_id, &expected).await, 401);
    let client = made(&here).await;
    assert_eq!(client.client_id, expected.client_id);
    here.poll_changes_now().await;
    // No entitlement yet, which only an authenticated client is told.
    assert_eq!(status(&here, &client.client_id, &client).await, 400);
}
