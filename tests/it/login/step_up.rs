//! Somebody who is signed in proves who they are again, or better.

use std::time::Duration;

use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_server::actions::sessions::{self, Known};

use super::{PASSWORD, person};
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

const AGAIN: &str = "/sign-in?step_up=login&return_to=%2Fprofile%3Fx%3D1";

/// The session of this browser.
async fn session(app: &TestApp, browser: &Browser<'_>) -> Option<Known> {
    sessions::authenticate(app.ctx(), &browser.cookie("gatehouse")).await.expect("an answer")
}

#[tokio::test]
async fn the_password_again_renews_the_session() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.status, 303);
        let (before, cookie) = (session(app, &browser).await.expect("live").session, browser.cookie("gatehouse"));
        app.advance(Duration::from_secs(600));
        let page = browser.get(AGAIN).await;
        assert_eq!((page.status, page.field("return_to").as_str()), (200, "/profile?x=1"));
        assert!(page.html.contains("ann@example.com"), "{}", page.html);
        assert!(page.html.contains("/forgot-password?return_to=%2Fprofile%3Fx%3D1"), "{}", page.html);

        let fields = |password| [("current_password", password), ("return_to", "/profile?x=1"), ("step_up", "login")];
        assert_eq!(browser.post("/sign-in/again", &fields("wrong")).await.status, 422);
        assert_eq!(session(app, &browser).await.expect("live").session.authenticated_at, before.authenticated_at);
        let done = browser.post("/sign-in/again", &fields(PASSWORD)).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/profile?x=1"));
        let after = session(app, &browser).await.expect("live").session;
        assert_eq!((after.id, after.authenticated_at), (before.id, before.created_at.plus_secs(600)));
        assert_eq!(after.amr, [AuthenticationMethod::Password]);
        assert!(sessions::authenticate(app.ctx(), &cookie).await.expect("an answer").is_none(), "the old value");
    })
    .await;
}

#[tokio::test]
async fn leads_nowhere_else_and_slows_guessing_down() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let browser = Browser::new(&app);
    assert!(browser.get(AGAIN).await.html.contains("name=\"email\""), "a visitor signs in as usual");
    browser.sign_in("ann@example.com", PASSWORD).await;
    let page = browser.get("/sign-in?step_up=login&return_to=//evil.example").await;
    assert_eq!(page.field("return_to"), "/");
    let fields = [("current_password", PASSWORD), ("return_to", "//evil.example"), ("step_up", "login")];
    assert_eq!(browser.post("/sign-in/again", &fields).await.location, "/");
    assert_eq!(browser.get("/sign-in?step_up=nothing").await.location, "/", "nothing that is known");
    let wrong = [("current_password", "wrong"), ("return_to", "/"), ("step_up", "login")];
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(browser.post("/sign-in/again", &wrong).await.status);
    }
    assert_eq!((answers[9], answers[10]), (422, 429), "{answers:?}");
}
