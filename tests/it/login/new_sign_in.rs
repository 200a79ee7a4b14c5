//! A session from a browser that was not seen with its user lately is told.

use std::time::Duration;

use gatehouse_server::actions::users;
use gatehouse_store::notifications;

use super::{PASSWORD, person};
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

const EMAIL: &str = "ann@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const NEWER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15";
const DAY: Duration = Duration::from_secs(86_400);

/// Signs in with a browser of this description, in a window of its own.
async fn sign_in(app: &TestApp, user_agent: &str, password: &str) -> u16 {
    let browser = Browser::new(app);
    let token = browser.get("/sign-in").await.field("token");
    let fields = [("email", EMAIL), ("password", password), ("token", token.as_str())];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = app.request("POST", "/sign-in").header("sec-fetch-site", "same-origin");
    let request = request.header("x-forwarded-for", "203.0.113.9").header("user-agent", user_agent);
    browser.send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await.status
}

async fn told(app: &TestApp) -> Vec<String> {
    app.run_jobs_now().await;
    let mails = app.mails().into_iter();
    mails.filter(|mail| mail.contains("\r\nSubject: New sign-in to your account\r\n")).collect()
}

#[tokio::test]
async fn a_browser_that_was_not_seen_is_told_once() {
    on_each_engine(async |app: &TestApp| {
        person(app, EMAIL).await;
        assert_eq!(sign_in(app, FIREFOX, PASSWORD).await, 303);
        assert_eq!(sign_in(app, NEWER, PASSWORD).await, 303);
        assert_eq!(sign_in(app, SAFARI, "wrong").await, 422);
        assert_eq!(told(app).await.len(), 0, "the first of an account, its update, and a wrong password");
        assert_eq!(sign_in(app, SAFARI, PASSWORD).await, 303);
        assert_eq!(sign_in(app, SAFARI, PASSWORD).await, 303);
        let mails = told(app).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        for part in
            ["To: ann@example.com", "Safari on macOS", "127.0.0.x", "UTC", &format!("{}/profile#sessions", app.base)]
        {
            assert!(mails[0].contains(part), "{part}: {}", mails[0]);
        }
        assert!(!mails[0].contains("203.0.113") && !mails[0].contains("127.0.0.1\r\n"), "{}", mails[0]);
        let user = users::get_by_ref(app.ctx(), EMAIL).await.expect("a user").id;
        let unread = app.ctx().db.read(async move |tx| notifications::newest(tx, user, 10).await).await;
        assert_eq!(unread.expect("read").len(), 1, "the portal says it too");
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_forgotten_after_ninety_days_and_then_told_again() {
    on_each_engine(async |app: &TestApp| {
        person(app, EMAIL).await;
        sign_in(app, FIREFOX, PASSWORD).await;
        app.advance(DAY * 89);
        sign_in(app, FIREFOX, PASSWORD).await;
        app.advance(DAY * 89);
        sign_in(app, FIREFOX, PASSWORD).await;
        assert_eq!(told(app).await.len(), 0, "each time counts");
        app.advance(DAY * 90);
        assert_eq!(told(app).await.len(), 0, "what is over is deleted");
        sign_in(app, FIREFOX, PASSWORD).await;
        assert_eq!(told(app).await.len(), 1, "also when no browser is remembered at all");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_nobody_has_verified_gets_no_such_mail() {
    on_each_engine(async |app: &TestApp| {
        let fields = [("name", "Eve"), ("email", EMAIL), ("password", PASSWORD), ("time_zone", "")];
        assert_eq!(Browser::new(app).post("/sign-up", &fields).await.status, 303);
        for user_agent in [FIREFOX, SAFARI] {
            assert_eq!(sign_in(app, user_agent, PASSWORD).await, 303);
        }
        assert_eq!(told(app).await.len(), 0);
    })
    .await;
}
