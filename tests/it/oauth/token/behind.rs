//! What a node issues that cannot see what has been taken away elsewhere.

use std::time::Duration;

use gatehouse_server::directory::watch::poll;
use gatehouse_store::testing::{hide, shown};
use serde_json::Value;

use super::request::{TokenRequest, form};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

async fn lifetime(app: &TestApp, world: &World) -> i64 {
    let form = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &world.service.client_id),
        ("client_secret", world.service.secret.expose()),
    ]);
    let answer: Value = TokenRequest::new(&form).send(&app.base).await.json().await.expect("JSON");
    let payload = answer["access_token"].as_str().and_then(|token| token.split('.').nth(1)).expect("a token");
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let lives = claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time");
    assert_eq!(answer["expires_in"], lives, "the answer says what the token says");
    lives
}

#[tokio::test]
async fn lives_a_minute_until_changes_are_seen_again() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        assert_eq!(lifetime(app, &world).await, 3_600);

        hide(&app.ctx().db, "changes_head").await;
        app.advance(Duration::from_millis(1_500));
        assert!(poll(&app.state).await.is_err());
        assert_eq!(lifetime(app, &world).await, 3_600, "three looks may fail");
        app.advance(Duration::from_millis(500));
        assert!(poll(&app.state).await.is_err());
        assert_eq!(lifetime(app, &world).await, 60);
        app.advance(Duration::from_secs(3_600));
        assert_eq!(lifetime(app, &world).await, 60, "tokens are given as long as the database is away");

        shown(&app.ctx().db, "changes_head").await;
        app.poll_changes_now().await;
        assert_eq!(lifetime(app, &world).await, 3_600);
    })
    .await;
}
