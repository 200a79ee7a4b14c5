//! Basic OP: who is asked what, and when.

use std::time::Duration;

use gatehouse_server::actions::users;
use serde_json::json;

use super::{Way, in_both_modes};
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::world::input;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn oidcc_prompt_login() {
    in_both_modes(async |suite| {
        let browser = suite.ann().await;
        let first = suite.id_token(&suite.tokens(&browser, &[]).await).await;
        suite.app.advance(MINUTE);
        let way = suite.walk(&browser, &suite.request(&[("prompt", "login")])).await;
        assert_eq!(way.shown, ["password"]);
        let second = suite.id_token(&suite.tokens_of(&way).await).await;
        assert_eq!(second["sub"], first["sub"]);
        assert_eq!(second["auth_time"].as_i64(), first["auth_time"].as_i64().map(|time| time + 60));
    })
    .await;
}

#[tokio::test]
async fn oidcc_prompt_none_not_logged_in() {
    in_both_modes(async |suite| {
        assert_eq!(suite.error(&Browser::new(suite.app), &[("prompt", "none")]).await, "login_required");
    })
    .await;
}

#[tokio::test]
async fn oidcc_prompt_none_logged_in() {
    in_both_modes(async |suite| {
        let browser = suite.ann().await;
        let first = suite.id_token(&suite.tokens(&browser, &[]).await).await;
        suite.app.advance(MINUTE);
        let Way { answer, shown } = suite.walk(&browser, &suite.request(&[("prompt", "none")])).await;
        assert!(shown.is_empty(), "{shown:?}");
        let second = suite.id_token(&suite.tokens_of(&Way { answer, shown }).await).await;
        assert_eq!((&second["sub"], &second["auth_time"]), (&first["sub"], &first["auth_time"]));
    })
    .await;
}

#[tokio::test]
async fn oidcc_max_age_1() {
    in_both_modes(async |suite| {
        let browser = suite.ann().await;
        let first = suite.id_token(&suite.tokens(&browser, &[]).await).await;
        suite.app.advance(Duration::from_secs(2));
        let way = suite.walk(&browser, &suite.request(&[("max_age", "1")])).await;
        assert_eq!(way.shown, ["password"]);
        let second = suite.id_token(&suite.tokens_of(&way).await).await;
        assert_eq!(second["sub"], first["sub"]);
        assert_eq!(second["auth_time"].as_i64(), first["auth_time"].as_i64().map(|time| time + 2));
    })
    .await;
}

#[tokio::test]
async fn oidcc_max_age_10000() {
    in_both_modes(async |suite| {
        let browser = suite.ann().await;
        let first = suite.id_token(&suite.tokens(&browser, &[("max_age", "15000")]).await).await;
        assert_eq!(first["auth_time"], suite.app.ctx().now().as_secs());
        suite.app.advance(MINUTE);
        let way = suite.walk(&browser, &suite.request(&[("max_age", "10000")])).await;
        assert!(way.shown.is_empty(), "{:?}", way.shown);
        let second = suite.id_token(&suite.tokens_of(&way).await).await;
        assert_eq!((&second["sub"], &second["auth_time"]), (&first["sub"], &first["auth_time"]));
    })
    .await;
}

#[tokio::test]
async fn oidcc_id_token_hint() {
    in_both_modes(async |suite| {
        let browser = suite.ann().await;
        let tokens = suite.tokens(&browser, &[]).await;
        let first = suite.id_token(&tokens).await;
        suite.app.advance(MINUTE);
        let hint = ("id_token_hint", tokens["id_token"].as_str().expect("an ID token"));
        let Way { answer, shown } = suite.walk(&browser, &suite.request(&[hint, ("prompt", "none")])).await;
        assert!(shown.is_empty(), "{shown:?}");
        let second = suite.id_token(&suite.tokens_of(&Way { answer, shown }).await).await;
        assert_eq!((&second["sub"], &second["auth_time"]), (&first["sub"], &first["auth_time"]));

        // Somebody else is signed in than the one who is meant: an error, silently or not, and never their tokens.
        let email = format!("{}@example.com", suite.mode.replace('_', "-"));
        let bob = json!({"email": email, "name": "Bob", "email_verified": true});
        users::create(suite.app.ctx(), &TestApp::actor(), input(bob)).await.expect("a user");
        let bob = suite.app.browser(&email).await;
        suite.tokens(&bob, &[]).await;
        for changes in [vec![hint], vec![hint, ("prompt", "none")]] {
            assert_eq!(suite.error(&bob, &changes).await, "login_required");
        }
    })
    .await;
}
