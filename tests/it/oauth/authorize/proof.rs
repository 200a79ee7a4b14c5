//! How well and how lately people have proved who they are: `acr_values`, the essential `acr` claim, and the lifetimes
//! that a server gives sessions.

use std::time::Duration;

use gatehouse_core::identity::totp::Seed;
use gatehouse_server::actions::servers;
use serde_json::{Value, json};

use super::{CUSTOMER, customer};
use crate::login::two_step::{code, set_up};
use crate::login::{PASSWORD, person};
use crate::oauth::token::claims::id_token;
use crate::support::authorize::request;
use crate::support::browser::{Browser, Page};
use crate::support::customer::Customer;
use crate::support::world::{Client, World, input};
use crate::support::{TestApp, on_each_engine};

const ANN: &str = "ann@example.com";
const MINUTE: Duration = Duration::from_secs(60);

/// Somebody with an authenticator app, and an application.
async fn with_app(app: &TestApp) -> (Client, Seed) {
    let world = World::new(app).await;
    let application = Customer::web(app, &world).await;
    person(app, ANN).await;
    let browser = Browser::new(app);
    browser.sign_in(ANN, PASSWORD).await;
    (application, set_up(app, &browser).await.0)
}

/// Follows to the next page.
async fn follow(browser: &Browser<'_>, mut page: Page) -> Page {
    while page.status == 303 && page.location.starts_with('/') {
        page = browser.get(&page.location).await;
    }
    page
}

/// Gives the code that the page asks for; then to what comes next.
async fn give_code(browser: &Browser<'_>, page: &Page, code: &str) -> Page {
    assert!(page.html.contains("name=\"code\""), "{} {}", page.status, page.html);
    let back = page.field("return_to").replace("&#38;", "&").replace("&amp;", "&");
    let fields = [("code", code), ("return_to", &back), ("token", &page.field("token"))];
    let done = browser.post("/sign-in/code", &fields).await;
    assert_eq!((done.status, done.location.as_str()), (303, back.as_str()));
    follow(browser, done).await
}

/// The claims of the ID token for the answer of this page.
async fn claims(app: &TestApp, application: &Client, answer: &Page) -> Value {
    let answer = answer.answer();
    let code = answer.get("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
    let form = [
        ("code", code.as_str()),
        ("redirect_uri", crate::support::customer::REDIRECT_URI),
        ("code_verifier", crate::support::customer::VERIFIER),
    ];
    let (status, tokens) = crate::support::customer::ask(app, application, "authorization_code", &form).await;
    assert_eq!(status, 200, "{tokens}");
    id_token(app, &tokens).await
}

/// A session of a password gives its class; who asks for more gets the second step, once, and its class in the ID token.
#[tokio::test]
async fn a_second_step_is_asked_for_and_told() {
    let essential = r#"{"id_token":{"acr":{"essential":true,"values":["urn:gatehouse:acr:2fa"]}}}"#;
    for wanted in [("acr_values", "urn:gatehouse:acr:2fa"), ("claims", essential)] {
        on_each_engine(async |app: &TestApp| {
            let (application, seed) = with_app(app).await;
            let browser = app.browser(ANN).await;
            let scope = ("scope", "openid");
            browser.code(&request(&application, &[scope])).await;
            let plain = claims(app, &application, &browser.get(&request(&application, &[scope])).await).await;
            assert_eq!((&plain["acr"], &plain["amr"]), (&json!("urn:gatehouse:acr:1fa"), &json!(["pwd"])));
            app.advance(MINUTE);
            let silent = browser.get(&request(&application, &[scope, wanted, ("prompt", "none")])).await.answer();
            assert_eq!(silent["error"], "login_required");

            // Who has seen a form of ours has its cookie, and is asked for the code alone.
            browser.get("/sign-in?step_up=login").await;
            let link = request(&application, &[scope, wanted]);
            let asked = follow(&browser, browser.get(&link).await).await;
            let answer = give_code(&browser, &asked, &code(app, &seed)).await;
            let better = claims(app, &application, &answer).await;
            assert_eq!((&better["acr"], &better["amr"]), (&json!("urn:gatehouse:acr:2fa"), &json!(["pwd", "otp"])));
            assert_eq!(
                (&better["auth_time"], &better["sub"], &better["sid"]),
                (&plain["auth_time"], &plain["sub"], &plain["sid"]),
                "the password was given when it was given"
            );
            let again = browser.get(&link).await;
            assert_eq!(claims(app, &application, &again).await["acr"], "urn:gatehouse:acr:2fa", "asked once");
        })
        .await;
    }
}

/// Without a second step: `acr_values` is voluntary, an essential claim is not.
#[tokio::test]
async fn who_has_no_second_step_goes_on_only_where_it_is_voluntary() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let (browser, application) = (app.browser(CUSTOMER).await, &customer.application);
    browser.code(&request(application, &[("scope", "openid")])).await;
    let voluntary = [("scope", "openid"), ("acr_values", "urn:gatehouse:acr:2fa")];
    let answer = browser.get(&request(application, &voluntary)).await;
    assert_eq!(claims(&app, application, &answer).await["acr"], "urn:gatehouse:acr:1fa");
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:gatehouse:acr:2fa"}}}"#;
    let answer = browser.get(&request(application, &[("scope", "openid"), ("claims", essential)])).await.answer();
    assert_eq!(answer["error"], "unmet_authentication_requirements");
}

async fn with_lifetimes(app: &TestApp, lifetimes: Value) -> Client {
    let world = World::new(app).await;
    let application = Customer::web(app, &world).await;
    person(app, ANN).await;
    app.browser(ANN).await.code(&request(&application, &[("scope", "openid")])).await;
    let change = input(json!({"lifetimes": lifetimes}));
    servers::edit(app.ctx(), &TestApp::actor(), "default", change).await.expect("changed");
    app.poll_changes_now().await;
    application
}

/// Whether the request is answered at once; else it asks for the password, and asking for no page is an error.
async fn goes_on(browser: &Browser<'_>, application: &Client) -> bool {
    let scope = ("scope", "openid");
    let silent = browser.get(&request(application, &[scope, ("prompt", "none")])).await.answer();
    let page = browser.get(&request(application, &[scope])).await;
    if silent.contains_key("code") {
        assert!(page.answer().contains_key("code"));
        return true;
    }
    assert_eq!(silent["error"], "login_required");
    assert!(page.location.starts_with("/sign-in?step_up=login&return_to="), "{}", page.location);
    false
}

/// Goes through the password.
async fn proves(browser: &Browser<'_>, application: &Client) {
    let sent = browser.get(&request(application, &[("scope", "openid")])).await;
    let page = browser.get(&sent.location).await;
    let back = page.field("return_to").replace("&#38;", "&").replace("&amp;", "&");
    let fields = [("current_password", PASSWORD), ("return_to", &back), ("step_up", "login")];
    let done = browser.post("/sign-in/again", &fields).await;
    assert!(browser.get(&done.location).await.answer().contains_key("code"), "{}", done.location);
}

/// A session that nobody used for so long asks for the password, however often it is tried and whatever else is opened.
#[tokio::test]
async fn an_idle_session_proves_itself_again() {
    on_each_engine(async |app: &TestApp| {
        let application = with_lifetimes(app, json!({"session_idle": 600})).await;
        let browser = app.browser(ANN).await;
        for _ in 0..3 {
            app.advance(MINUTE * 9);
            assert!(goes_on(&browser, &application).await, "in use");
        }
        app.advance(MINUTE * 10);
        for _ in 0..3 {
            assert!(!goes_on(&browser, &application).await);
            assert_eq!(browser.get("/profile").await.status, 200, "the portal has a life of its own");
            app.advance(MINUTE * 2);
        }
        proves(&browser, &application).await;
        assert!(goes_on(&browser, &application).await);
        app.advance(MINUTE * 9);
        assert!(goes_on(&browser, &application).await, "and counts anew");
    })
    .await;
}

/// So does one that began too long ago, however busy.
#[tokio::test]
async fn an_old_session_proves_itself_again() {
    on_each_engine(async |app: &TestApp| {
        let application = with_lifetimes(app, json!({"session_idle": 1_200, "session_absolute": 3_600})).await;
        let browser = app.browser(ANN).await;
        for _ in 0..5 {
            app.advance(MINUTE * 10);
            assert!(goes_on(&browser, &application).await);
        }
        app.advance(MINUTE * 10);
        assert!(!goes_on(&browser, &application).await);
        proves(&browser, &application).await;
        app.advance(MINUTE * 10);
        assert!(goes_on(&browser, &application).await);
    })
    .await;
}
