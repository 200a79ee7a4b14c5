//! Forgotten passwords.

use std::time::Duration;

use gatehouse_server::actions::users;
use serde_json::{Value, json};

use super::{PASSWORD, mailed_link, person};
use crate::manage::Operator;
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

const NEW: &str = "five more unrelated words";

#[tokio::test]
async fn a_forgotten_password_is_replaced() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let (browser, elsewhere) = (Browser::new(app), Browser::new(app));
        assert_eq!(elsewhere.sign_in("ann@example.com", PASSWORD).await.status, 303);
        let asked = browser.post("/forgot-password", &[("email", "Ann@Example.com")]).await;
        assert_eq!((asked.status, asked.location.as_str()), (303, "/forgot-password/check-mail"));
        let link = mailed_link(app, "/reset-password/").await;
        let form = browser.get(&link).await;
        assert_eq!(form.status, 200);
        let known = r#"<input type="text" autocomplete="username" value="ann@example.com" readonly hidden>"#;
        assert!(form.html.contains(known), "a browser keeps the password for its account: {}", form.html);
        let short = browser.post(&link, &[("password", "short")]).await;
        assert!(short.status == 422 && short.html.contains("at least 8 characters"), "{}", short.html);
        assert_eq!(elsewhere.get("/profile").await.status, 200, "nothing has happened yet");
        let done = browser.post(&link, &[("password", NEW)]).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/sign-in?done=password"));
        assert_eq!(browser.post(&link, &[("password", PASSWORD)]).await.status, 410, "once");
        assert_eq!(elsewhere.get("/profile").await.status, 303, "signed out everywhere");
        assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.status, 422);
        assert_eq!(browser.sign_in("ann@example.com", NEW).await.status, 303);
        app.run_jobs_now().await;
        assert!(app.mails().iter().any(|mail| mail.contains("Subject: Your password was changed")));
    })
    .await;
}

#[tokio::test]
async fn links_end_and_are_good_for_one_thing() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        browser.post("/forgot-password", &[("email", "ann@example.com")]).await;
        let link = mailed_link(app, "/reset-password/").await;
        let token = link.strip_prefix("/reset-password/").expect("a token");
        assert_eq!(browser.post(&format!("/verify-email/{token}"), &[]).await.status, 410, "another purpose");
        assert_eq!(browser.get(&format!("/set-up/{token}")).await.status, 410);
        for wrong in ["x", "%00", &format!("{token}x"), &token[..token.len() - 1]] {
            let status = browser.get(&format!("/reset-password/{wrong}")).await.status;
            assert!(matches!(status, 400 | 410), "{wrong}: {status}");
        }
        app.advance(Duration::from_secs(3_600));
        assert_eq!(browser.get(&link).await.status, 410, "over");
        assert_eq!(browser.post(&link, &[("password", NEW)]).await.status, 410);
        assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn a_link_of_a_disabled_user_does_nothing() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        browser.post("/forgot-password", &[("email", "ann@example.com")]).await;
        let link = mailed_link(app, "/reset-password/").await;
        let user = users::get_by_ref(app.ctx(), "ann@example.com").await.expect("a user").id;
        users::disable(app.ctx(), &TestApp::actor(), user).await.expect("disabled");
        assert_eq!(browser.post(&link, &[("password", NEW)]).await.status, 410);
        browser.post("/forgot-password", &[("email", "ann@example.com")]).await;
        app.run_jobs_now().await;
        assert_eq!(app.mails().len(), 1, "no second mail");
    })
    .await;
}

#[tokio::test]
async fn an_operator_helps_somebody_back_in() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        browser.sign_in("ann@example.com", PASSWORD).await;
        let operator = Operator::new(app).await;
        let id = users::get_by_ref(app.ctx(), "ann@example.com").await.expect("a user").id;
        let sessions = operator.done("GET", &format!("/users/{id}/sessions"), Value::Null).await;
        assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&sessions["items"][0]["address"], &sessions["items"][0]["amr"][0]),
            (&json!("127.0.0.1"), &json!("pwd"))
        );
        assert!(!sessions.to_string().contains(&browser.cookie("gatehouse")));
        let session = sessions["items"][0]["id"].as_str().expect("an id");
        let end = format!("/users/{id}/sessions/{session}/end");
        operator.done("POST", &end, Value::Null).await;
        assert_eq!(browser.get("/profile").await.status, 303);
        assert_eq!(operator.refused("POST", &end, Value::Null).await, (404, "not_found".to_owned()));
        browser.sign_in("ann@example.com", PASSWORD).await;
        operator.done("POST", &format!("/users/{id}/end_sessions"), Value::Null).await;
        assert_eq!(browser.get("/profile").await.status, 303);
        let verified = operator.refused("POST", &format!("/users/{id}/send_verification"), Value::Null).await;
        assert_eq!(verified, (409, "already_verified".to_owned()));
        operator.done("POST", &format!("/users/{id}/send_reset"), Value::Null).await;
        let link = mailed_link(app, "/reset-password/").await;
        assert_eq!(browser.post(&link, &[("password", NEW)]).await.status, 303);
        assert_eq!(browser.sign_in("ann@example.com", NEW).await.status, 303);
    })
    .await;
}
