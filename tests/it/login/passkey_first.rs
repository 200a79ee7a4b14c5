//! Accounts that begin without a password.

use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_server::actions::{sessions, users};
use gatehouse_store::testing::TestDb;

use super::passkeys::{app, data, origin, send, sign_in};
use super::{PASSWORD, mailed_link};
use crate::support::TestApp;
use crate::support::authenticator::{Asked, Authenticator, Fields};
use crate::support::browser::{Browser, Page};

const UNA: &str = "una@example.com";

async fn signs_up(app: &TestApp, browser: &Browser<'_>, way: &[(&str, &str)]) -> String {
    let fields = [&[("name", "Una"), ("email", UNA)], way].concat();
    let done = browser.post("/sign-up", &fields).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/sign-up/check-mail"), "{}", done.html);
    mailed_link(app, "/verify-email/").await
}

fn makes(app: &TestApp, page: &Page, id: &str) -> (Authenticator, Fields) {
    let device = Authenticator::new(id, &data(page, "user"));
    let challenge = data(page, "challenge");
    let answer = device.create(&Asked { challenge: &challenge, origin: &origin(app), site: "localhost" });
    (device, answer)
}

async fn methods(app: &TestApp, browser: &Browser<'_>) -> Vec<AuthenticationMethod> {
    let known = sessions::authenticate(app.ctx(), &browser.cookie("gatehouse")).await.expect("read");
    known.expect("signed in").session.amr
}

async fn by_passkey(app: &TestApp) {
    let stranger = Browser::new(app);
    let link = signs_up(app, &stranger, &[("way", "passkey"), ("return_to", "/apis")]).await;
    assert_eq!(stranger.sign_in(UNA, "").await.status, 422);

    let (una, other) = (Browser::new(app), Browser::new(app));
    let page = una.get(&link).await;
    assert!(page.html.contains("Finish your account") && page.html.contains(UNA), "{}", page.html);
    let (mut device, answer) = makes(app, &page, "laptop");
    let name = [("name", "Laptop")];
    other.get(&link).await;
    assert_eq!(send(&other, &link, &page, (answer.clone(), &name)).await.status, 422, "of another browser");
    assert_eq!(send(&una, &link, &page, (answer.clone(), &[])).await.status, 422, "a passkey has a name");
    let done = send(&una, &link, &page, (answer.clone(), &name)).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/apis"), "{}", done.html);
    assert_eq!(methods(app, &una).await, [AuthenticationMethod::Passkey]);
    assert!(users::get_by_ref(app.ctx(), UNA).await.expect("a user").is_verified());
    assert_eq!(send(&una, &link, &page, (answer, &name)).await.status, 410, "once");
    assert_eq!(stranger.get("/profile").await.status, 303, "whoever filled the form in gains nothing");

    assert_eq!(sign_in(app, &Browser::new(app), &mut device).await.location, "/profile");
    let again = una.get("/sign-in?step_up=login&return_to=%2Fprofile").await;
    assert!(again.html.contains("Use your passkey") && !again.html.contains("current_password"), "{}", again.html);
    let refused = una.post("/profile/email", &[("email", "x@example.com"), ("current_password", "x")]).await;
    assert!(refused.status == 422 && refused.html.contains("no password yet"), "{}", refused.html);
    for page in ["/profile", "/profile/email", "/profile/passkeys", "/profile/two-step/app"] {
        let shown = una.get(page).await.html;
        assert!(shown.contains("Your account has no password") && !shown.contains("current_password"), "{shown}");
    }
    let told = signs_up(app, &stranger, &[("way", "passkey")]).await;
    assert_eq!(told, link, "the owner is told, and nothing begins anew");
    assert!(app.mails().iter().any(|mail| mail.contains("Subject: You have an account already")));
}

#[tokio::test]
async fn an_account_begins_with_a_passkey() {
    for db in [TestDb::sqlite().await, TestDb::postgres().await] {
        let app = app(db).await;
        by_passkey(&app).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn or_with_a_password_after_all() {
    let app = app(TestDb::sqlite().await).await;
    let browser = Browser::new(&app);
    let first = signs_up(&app, &browser, &[("way", "passkey")]).await;
    let link = signs_up(&app, &browser, &[("password", PASSWORD)]).await;
    assert_eq!(browser.get(&first).await.status, 410, "the newer one counts");
    let page = browser.get(&link).await;
    let token = page.field("token");
    let short = browser.post(&link, &[("token", &token), ("password", "short")]).await;
    assert!(short.status == 422 && short.html.contains("at least 8 characters"), "{}", short.html);
    let elsewhere = Browser::new(&app);
    assert_eq!(elsewhere.post(&link, &[("token", &token), ("password", PASSWORD)]).await.status, 422);
    let done = browser.post(&link, &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/?done=verified"), "{}", done.html);
    assert_eq!(methods(&app, &browser).await, [AuthenticationMethod::Password]);
    assert_eq!(Browser::new(&app).sign_in(UNA, PASSWORD).await.status, 303);
}

/// Whoever is signed in with another account and opens the link is signed in with the new one.
#[tokio::test]
async fn a_session_of_another_account_ends() {
    let app = app(TestDb::sqlite().await).await;
    let browser = Browser::new(&app);
    browser.sign_in("ann@example.com", PASSWORD).await;
    let before = browser.cookie("gatehouse");
    let link = signs_up(&app, &Browser::new(&app), &[("way", "passkey")]).await;
    let page = browser.get(&link).await;
    let (_, answer) = makes(&app, &page, "laptop");
    assert_eq!(send(&browser, &link, &page, (answer, &[("name", "Laptop")])).await.status, 303);
    assert!(sessions::authenticate(app.ctx(), &before).await.expect("read").is_none());
    assert_eq!(methods(&app, &browser).await, [AuthenticationMethod::Passkey]);
}
