//! What a person sees and may leave out, and who has to do something first.

use std::time::Duration;

use gatehouse_server::actions::{apis, applications, servers, users};
use gatehouse_store::consents;
use serde_json::json;

use super::devices;
use crate::support::authorize::request_at;
use crate::support::browser::Browser;
use crate::support::customer::EVERYTHING;
use crate::support::device::{CUSTOMER, Devices};
use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn a_code_is_known_however_it_is_typed() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let code = devices.begin(&app, EVERYTHING).await.user_code;
    for typed in [code.to_lowercase(), code.replace('-', ""), format!("  {} ", code.replace('-', " . "))] {
        assert!(browser.enter(&typed).await.html.contains("to your account?"), "{typed}");
    }
    for typed in ["", "AEIO-U012", "BCDF-GHJ", "\"><script>"] {
        let page = browser.enter(typed).await;
        assert_eq!(page.status, 422, "{typed}");
        assert!(page.html.contains("Enter the eight letters") && !page.html.contains("\"><script>"), "{}", page.html);
    }
    let page = browser.get("/device?user_code=%22%3E%3Cscript%3E").await;
    assert!(page.status == 200 && !page.html.contains("\"><script>"), "{}", page.html);
}

#[tokio::test]
async fn flexible_scopes_may_be_left_out() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let api = apis::get_by_slug(app.ctx(), "results").await.expect("the API").id;
        let scopes = apis::list_scopes(app.ctx(), api).await.expect("scopes");
        let id = scopes.into_iter().find(|scope| scope.name == "studies:read").expect("the scope").id;
        let change = input(json!({"consent": "flexible", "sensitivity": "sensitive"}));
        apis::edit_scope(app.ctx(), &TestApp::actor(), (api, id), change).await.expect("changed");
        app.poll_changes_now().await;
        let browser = app.browser(CUSTOMER).await;
        let asked = "openid public_api.read studies:read";
        let granted = async |ticks: &[&str]| {
            let begun = devices.begin(app, asked).await;
            let question = browser.enter(&begun.user_code).await;
            assert!(question.html.contains("Your choice") && question.html.contains("Sensitive"), "{}", question.html);
            browser.answer_with(&question, "allow", ticks).await;
            let (status, tokens) = devices.poll(app, &begun).await;
            assert_eq!(status, 200, "{tokens}");
            tokens["scope"].as_str().expect("scopes").to_owned()
        };
        assert_eq!(granted(&["studies:read"]).await, asked);
        assert_eq!(granted(&[]).await, "openid public_api.read");
        assert_eq!(granted(&["offline_access", "email"]).await, "openid public_api.read", "ticks add nothing");
        let user = users::get_by_ref(app.ctx(), CUSTOMER).await.expect("a user").id;
        let of = devices.id;
        let found = app.ctx().db.read(async move |tx| consents::find(tx, user, of, "default").await).await;
        assert_eq!(found.expect("read").expect("a consent").scopes, ["openid", "public_api.read"]);
    })
    .await;
}

/// Whatever was allowed before, and whatever an operator lets the company's own applications pass over (RFC 8628 §5.4).
#[tokio::test]
async fn a_device_is_always_asked_about() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let first_party = input(json!({"skip_consent": true}));
    applications::change(app.ctx(), &TestApp::actor(), devices.id, first_party).await.expect("changed");
    app.poll_changes_now().await;
    let browser = app.browser(CUSTOMER).await;
    devices.tokens(&app).await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let filled = browser.get(&format!("/device?user_code={}", begun.user_code)).await;
    assert!(filled.html.contains("Connect a device"), "{}", filled.html);
    let question = browser.enter(&begun.user_code).await;
    assert!(question.html.contains("to your account?"), "{}", question.html);
    assert_eq!(devices.refusal(&app, &begun).await, "authorization_pending");
}

#[tokio::test]
async fn an_address_is_verified_first() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let new = json!({"email": "new@example.com", "name": "New", "email_verified": false});
    users::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("a user");
    let browser = app.browser("new@example.com").await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let page = browser.enter(&begun.user_code).await;
    assert!(page.html.contains("<title>Verify your e-mail address") && page.html.contains("Terminal"), "{}", page.html);
    assert!(page.html.contains(&format!("href=\"/device/confirm?user_code={}", begun.user_code)), "{}", page.html);
}

#[tokio::test]
async fn an_old_sign_in_is_done_again_and_one_for_this_device_is_enough() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let change = input(json!({"default_max_age": 60}));
    applications::change(app.ctx(), &TestApp::actor(), devices.id, change).await.expect("changed");
    app.poll_changes_now().await;
    let old = app.browser(CUSTOMER).await;
    app.advance(Duration::from_secs(61));
    let begun = devices.begin(&app, EVERYTHING).await;
    let sent = old.enter(&begun.user_code).await;
    assert!(sent.location.starts_with("/sign-in?step_up=login&return_to=%2Fdevice%2Fconfirm"), "{}", sent.location);
    let form = old.get(&sent.location).await;
    assert!(form.html.contains("name=\"current_password\""), "{}", form.html);
    let new = app.browser(CUSTOMER).await;
    app.advance(Duration::from_secs(100));
    let question = new.enter(&begun.user_code).await;
    assert_eq!(new.answer(&question, "allow").await.location, "/device/done?answer=allowed");
}

#[tokio::test]
async fn an_idle_session_proves_itself_however_often_it_comes() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let edit = input(json!({"lifetimes": {"session_idle": 600}}));
    servers::edit(app.ctx(), &TestApp::actor(), "default", edit).await.expect("edited");
    app.poll_changes_now().await;
    let browser = app.browser(CUSTOMER).await;
    app.advance(Duration::from_secs(600));
    let begun = devices.begin(&app, EVERYTHING).await;
    for _ in 0..2 {
        let sent = browser.enter(&begun.user_code).await;
        assert!(sent.location.starts_with("/sign-in?step_up=login&return_to=%2Fdevice%2Fconfirm"), "{}", sent.html);
    }
    assert!(app.browser(CUSTOMER).await.enter(&begun.user_code).await.html.contains("to your account?"));
}

#[tokio::test]
async fn another_account_takes_the_code_along() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let question = browser.enter(&begun.user_code).await;
    let sent = browser.answer(&question, "another").await;
    assert!(sent.location.starts_with("/sign-in?return_to=%2Fdevice%3Fuser%5Fcode%3D"), "{}", sent.location);
    assert_eq!(browser.cookie("gatehouse"), "", "signed out");
    assert_eq!(devices.refusal(&app, &begun).await, "authorization_pending");
    // Whose session is over goes the same way, from every page.
    for page in [question.device_form().0, format!("/device?user_code={}", begun.user_code)] {
        let sent = Browser::new(&app).get(&page).await;
        assert!(sent.location.starts_with("/sign-in?return_to=%2Fdevice%3Fuser%5Fcode%3D"), "{}", sent.location);
    }
    let typed = Browser::new(&app).post("/device", &[("user_code", &begun.user_code.to_lowercase())]).await;
    assert!(typed.location.contains(&begun.user_code.replace('-', "%2D")), "{}", typed.location);
}

/// What was allowed on a device is remembered like any other consent, but opens nothing for whoever else has the client id.
#[tokio::test]
async fn what_a_device_may_is_asked_again_of_a_browser() {
    let app = TestApp::sqlite().await;
    let world = crate::support::world::World::new(&app).await;
    let devices = Devices::new(&app, &world).await;
    let loopback = input(json!({"redirect_uris": ["http://127.0.0.1/cb"]}));
    applications::change(app.ctx(), &TestApp::actor(), devices.id, loopback).await.expect("changed");
    app.poll_changes_now().await;
    devices.tokens(&app).await;
    let changes = [("client_id", devices.client_id.as_str()), ("redirect_uri", "http://127.0.0.1:4711/cb")];
    let page = app.browser(CUSTOMER).await.get(&request_at("default", &world.service, &changes)).await;
    assert!(page.status == 200 && page.html.contains("Allow Terminal?"), "{} {}", page.status, page.location);
}
