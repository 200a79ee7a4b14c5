//! `GET|POST /oauth2/{server}/v1/logout` (OpenID Connect RP-Initiated Logout 1.0).

use gatehouse_server::actions::{applications, sessions};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::userinfo;
use crate::support::browser::Browser;
use crate::support::customer::{Customer, EVERYTHING};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const AFTER: &str = "https://app.example.com/bye?from=us";

/// A customer in a browser, and an application that has registered where people go after signing out.
async fn signed_in(app: &TestApp) -> (Customer, Browser<'_>) {
    let world = World::new(app).await;
    let mut customer = Customer::new(app, &world).await;
    app.advance(std::time::Duration::from_secs(60));
    let browser = app.browser("customer@example.com").await;
    let newest = sessions::list(app.ctx(), customer.user_id).await.expect("sessions").remove(0);
    customer.session_id = newest.id;
    let change = input(json!({"post_logout_redirect_uris": [AFTER]}));
    applications::change(app.ctx(), &TestApp::actor(), customer.application.id, change).await.expect("changes");
    app.poll_changes_now().await;
    (customer, browser)
}

fn path(parameters: &[(&str, &str)]) -> String {
    format!("/oauth2/default/v1/logout?{}", Serializer::new(String::new()).extend_pairs(parameters).finish())
}

fn id_token(tokens: &Value) -> &str {
    tokens["id_token"].as_str().expect("an ID token")
}

#[tokio::test]
async fn the_hint_of_this_session_ends_it_at_once() {
    on_each_engine(async |app: &TestApp| {
        let (customer, browser) = signed_in(app).await;
        let online = customer.tokens(app, "openid profile").await;
        let offline = customer.tokens(app, EVERYTHING).await;
        app.advance(std::time::Duration::from_secs(2 * 3_600));
        let fresh = customer.tokens(app, "openid profile").await;
        // An ID token that has ended is good enough.
        let address =
            path(&[("id_token_hint", id_token(&online)), ("post_logout_redirect_uri", AFTER), ("state", "a b&c")]);
        let page = browser.get(&address).await;
        assert_eq!((page.status, page.location.as_str()), (303, "https://app.example.com/bye?from=us&state=a+b%26c"));
        assert_eq!(browser.cookie("gatehouse"), "");
        assert_eq!(browser.get("/profile").await.status, 303, "signed out");
        assert_eq!(userinfo(app, &fresh["access_token"]).await.0, 401, "what hung on the session ends with it");
        assert_eq!(customer.refresh(app, &offline["refresh_token"]).await.0, 200, "the rest goes on");
        let again = browser.get(&address).await;
        assert_eq!((again.status, again.location.is_empty()), (303, false), "nobody is signed in: onward");
    })
    .await;
}

#[tokio::test]
async fn anything_else_asks_first() {
    on_each_engine(async |app: &TestApp| {
        let (customer, browser) = signed_in(app).await;
        let id = customer.application.client_id.as_str();
        let tokens = customer.tokens(app, "openid").await;
        let other = app.browser("customer@example.com").await;
        let hint = [("id_token_hint", id_token(&tokens)), ("post_logout_redirect_uri", AFTER)];
        let client = [("client_id", id), ("post_logout_redirect_uri", AFTER)];
        for (browser, address) in [(&other, path(&hint)), (&browser, path(&client)), (&browser, path(&[]))] {
            let page = browser.get(&address).await;
            assert_eq!(page.status, 200, "{address}");
            assert!(page.html.contains("Sign out?"), "{}", page.html);
            assert_eq!(browser.get("/profile").await.status, 200, "still signed in");
        }
        let page = browser.get(&path(&client)).await;
        let policy = page.headers["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.contains("form-action 'self' https://app.example.com"), "{policy}");
        let request = page.field("request").replace("&amp;", "&").replace("&#38;", "&");
        let foreign = app.request("POST", "/oauth2/default/v1/logout/confirm").header("sec-fetch-site", "cross-site");
        let foreign = browser.send(foreign.form(&[("request", request.as_str())])).await;
        assert_eq!(foreign.status, 403, "another site's form");
        assert_eq!(browser.get("/profile").await.status, 200);
        let done = browser.post("/oauth2/default/v1/logout/confirm", &[("request", &request)]).await;
        assert_eq!((done.status, done.location.as_str()), (303, AFTER));
        assert_eq!(browser.get("/profile").await.status, 303, "signed out");
        assert_eq!(userinfo(app, &tokens["access_token"]).await.0, 401);
    })
    .await;
}

/// `security.md` A: never an address that is not registered, byte for byte, and none without a client.
#[tokio::test]
async fn sends_nobody_to_a_strange_address() {
    on_each_engine(async |app: &TestApp| {
        let (customer, browser) = signed_in(app).await;
        let id = customer.application.client_id.as_str();
        let tokens = customer.tokens(app, "openid").await;
        let hint = id_token(&tokens);
        let access = tokens["access_token"].as_str().expect("a token");
        let cut = &hint[..hint.len() - 2];
        let bad: &[&[(&str, &str)]] = &[
            &[("post_logout_redirect_uri", AFTER)],
            &[("client_id", id), ("post_logout_redirect_uri", "https://app.example.com/bye")],
            &[("client_id", id), ("post_logout_redirect_uri", "https://app.example.com/bye?from=us#x")],
            &[("client_id", id), ("post_logout_redirect_uri", "https://evil.example/")],
            &[("client_id", "unknown"), ("post_logout_redirect_uri", AFTER)],
            &[("client_id", "unknown"), ("id_token_hint", hint), ("post_logout_redirect_uri", AFTER)],
            &[("id_token_hint", cut), ("post_logout_redirect_uri", AFTER)],
            &[("id_token_hint", access), ("post_logout_redirect_uri", AFTER)],
            &[("id_token_hint", hint), ("id_token_hint", hint)],
        ];
        for parameters in bad {
            let page = browser.get(&path(parameters)).await;
            assert_eq!((page.status, page.location.as_str()), (400, ""), "{parameters:?}");
        }
        assert_eq!(browser.get("/profile").await.status, 200, "and nobody is signed out");
        let form = app.request("POST", "/oauth2/default/v1/logout").form(&[("client_id", id), ("state", "x")]);
        let page = browser.send(form).await;
        assert_eq!(page.status, 303);
        assert_eq!(page.location, format!("/oauth2/default/v1/logout?client_id={id}&state=x"), "a GET of ours");
    })
    .await;
}
