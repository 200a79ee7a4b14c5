//! What is taken away between the answer and the device's request, and afterwards (`security.md` C).

use futures_util::future::BoxFuture;
use gatehouse_server::actions::entitlements::{self, ScopeChange, Transition};
use gatehouse_server::actions::{applications, connected_applications, servers, sessions, users};
use serde_json::json;

use super::devices;
use crate::support::customer::call;
use crate::support::device::{CUSTOMER, Devices};
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

type Take = for<'a> fn(&'a TestApp, &'a Devices) -> BoxFuture<'a, ()>;

/// What is done, and status and error that the device gets.
fn takings() -> [(&'static str, Take, u16, &'static str); 7] {
    [
        (
            "person disabled",
            |app, _| {
                Box::pin(async {
                    let user = users::get_by_ref(app.ctx(), CUSTOMER).await.expect("a user").id;
                    users::disable(app.ctx(), &TestApp::actor(), user).await.expect("is disabled");
                })
            },
            400,
            "invalid_grant",
        ),
        (
            "signed out everywhere",
            |app, _| {
                Box::pin(async {
                    let user = users::get_by_ref(app.ctx(), CUSTOMER).await.expect("a user").id;
                    sessions::end_all(app.ctx(), &TestApp::actor(), user).await.expect("ends");
                })
            },
            400,
            "invalid_grant",
        ),
        (
            "another password",
            |app, _| {
                Box::pin(async {
                    let user = users::get_by_ref(app.ctx(), CUSTOMER).await.expect("a user").id;
                    let text = "a quite long new password";
                    users::set_password(app.ctx(), &TestApp::actor(), user, text).await.expect("is set");
                })
            },
            400,
            "invalid_grant",
        ),
        (
            "disconnected",
            |app, devices| {
                Box::pin(async {
                    let user = users::get_by_ref(app.ctx(), CUSTOMER).await.expect("a user").id;
                    let of = (user, devices.id);
                    connected_applications::disconnect(app.ctx(), &TestApp::actor(), of).await.expect("disconnected");
                })
            },
            400,
            "invalid_grant",
        ),
        (
            "application suspended",
            |app, devices| {
                Box::pin(async {
                    applications::suspend(app.ctx(), &TestApp::actor(), devices.id).await.expect("suspended");
                })
            },
            401,
            "invalid_client",
        ),
        (
            "application deleted",
            |app, devices| {
                Box::pin(async {
                    applications::delete(app.ctx(), &TestApp::actor(), devices.id).await.expect("deleted");
                })
            },
            401,
            "invalid_client",
        ),
        (
            "everything that it was approved for",
            |app, devices| {
                Box::pin(async {
                    let (ctx, actor) = (app.ctx(), TestApp::actor());
                    let (of, all) = ((devices.id, "results".to_owned()), ScopeChange { scopes: None });
                    entitlements::change_scopes(ctx, &actor, of, Transition::Revoke, all).await.expect("revoked");
                    let none = input(json!({"sign_in_scopes": []}));
                    applications::change(ctx, &actor, devices.id, none).await.expect("changed");
                })
            },
            400,
            "invalid_grant",
        ),
    ]
}

#[tokio::test]
async fn nothing_comes_of_what_was_taken_back() {
    for (name, take, status, error) in takings() {
        on_each_engine(async |app: &TestApp| {
            let devices = devices(app).await;
            let (_, tokens) = devices.tokens(app).await;
            let begun = devices.allowed(app).await;
            take(app, &devices).await;
            app.poll_changes_now().await;
            let (got, answer) = devices.poll(app, &begun).await;
            assert_eq!((got, answer["error"].as_str()), (status, Some(error)), "{name}: {answer}");
            assert_eq!(devices.refresh(app, &tokens).await.0, status, "{name}");
            assert!([401, 403].contains(&call(app, &tokens).await), "{name}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_scope_that_was_taken_away_is_not_in_the_token() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let begun = devices.allowed(app).await;
        let of = (devices.id, "results".to_owned());
        let which = ScopeChange { scopes: Some(vec!["public_api.read".into()]) };
        let revoked = entitlements::change_scopes(app.ctx(), &TestApp::actor(), of, Transition::Revoke, which).await;
        revoked.expect("revoked");
        app.poll_changes_now().await;
        let (status, tokens) = devices.poll(app, &begun).await;
        assert_eq!((status, tokens["scope"].as_str()), (200, Some("openid profile email offline_access")), "{tokens}");
    })
    .await;
}

/// A server that an operator closes to the application gives nothing, at any step.
#[tokio::test]
async fn a_server_that_is_closed_to_the_application() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let (waiting, allowed) = (devices.begin(&app, "openid").await, devices.allowed(&app).await);
    let question = browser.enter(&waiting.user_code).await;
    let closed = input(json!({"open_to": "listed"}));
    servers::edit(app.ctx(), &TestApp::actor(), "default", closed).await.expect("is closed");
    app.poll_changes_now().await;
    let (status, answer) = devices.ask_to_begin(&app, &[]).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("unauthorized_client")), "{answer}");
    assert_eq!(browser.answer(&question, "allow").await.status, 422);
    assert_eq!(devices.refusal(&app, &allowed).await, "unauthorized_client");
    assert_eq!(devices.refusal(&app, &waiting).await, "unauthorized_client");
}

/// Signing the browser out in which it was allowed leaves the device alone: it is not of that browser.
#[tokio::test]
async fn a_device_outlives_the_browser_and_shows_among_connected_applications() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let browser = app.browser(CUSTOMER).await;
        let (_, tokens) = devices.tokens(app).await;
        let connected = browser.get("/connected-applications").await;
        assert!(connected.html.contains("Terminal"), "{}", connected.html);
        browser.post("/sign-out", &[]).await;
        assert_ne!(call(app, &tokens).await, 401);
        let browser = app.browser(CUSTOMER).await;
        let path = format!("/connected-applications/{}/disconnect", devices.id);
        assert_eq!(browser.post(&path, &[]).await.status, 303);
        app.poll_changes_now().await;
        assert_eq!((call(app, &tokens).await, devices.refresh(app, &tokens).await.0), (401, 400));
        assert!(!browser.get("/connected-applications").await.html.contains("Terminal"));
    })
    .await;
}
