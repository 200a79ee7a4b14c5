//! Requests that cannot be granted: each ends where the specifications say, on a page or at the redirect URI.

use gatehouse_server::actions::applications::{self, refused_calls};
use gatehouse_server::actions::servers;
use gatehouse_server::every_second::write_once;
use gatehouse_store::grants;
use serde_json::json;

use super::{CUSTOMER, customer};
use crate::support::TestApp;
use crate::support::authorize::request;
use crate::support::browser::Browser;
use crate::support::customer::{CHALLENGE, Customer, REDIRECT_URI};
use crate::support::world::{World, input};

/// A word that must not come back.
const MARK: &str = "xmarkx";

#[tokio::test]
async fn errors_go_to_the_redirect_uri() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let long = |length| "n".repeat(length);
    let (nonce, many) = (long(513), long(10_001));
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "code id_token"), ("response_mode", "query")], "unsupported_response_type"),
        (&[("response_type", "none")], "unsupported_response_type"),
        (&[("response_mode", "jwt")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", &CHALLENGE[1..])], "invalid_request"),
        (&[("scope", "openid xmarkx")], "invalid_scope"),
        (&[("scope", "openid phone")], "invalid_scope"),
        (&[("scope", "openid,email")], "invalid_scope"),
        (&[("resource", "https://xmarkx.example")], "invalid_target"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("prompt", "xmarkx")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("claims", "[]")], "invalid_request"),
        (&[("nonce", &nonce)], "invalid_request"),
        (&[("ui_locales", &many)], "invalid_request"),
        (&[("request", "e30.e30.")], "request_not_supported"),
        (&[("request_uri", "https://app.example.com/r")], "request_uri_not_supported"),
        (&[("registration", "{}")], "registration_not_supported"),
        (&[("id_token_hint", "e30.e30.AAAA")], "invalid_request"),
        (&[("claims", r#"{"id_token":{"sub":{"value":"usr_other"}}}"#)], "login_required"),
        (
            &[("claims", r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#)],
            "unmet_authentication_requirements",
        ),
        (&[("claims", r#"{"id_token":{"acr":{"essential":true,"value":"x"}}}"#)], "unmet_authentication_requirements"),
    ];
    for (changes, expected) in cases {
        let link = request(&customer.application, changes);
        let answer = browser.get(&link).await.answer();
        assert_eq!(answer["error"], *expected, "{changes:?} {answer:?}");
        assert_eq!(answer["iss"], format!("{}/oauth2/default", app.base));
        assert_eq!(answer["state"], "af0ifjsldkj", "{changes:?}");
        assert!(!answer["error_description"].contains(MARK), "{answer:?}");
        // Nobody is sent on who has not signed in (RFC 9700 §4.11.2), but for prompt=none.
        let silent = changes.contains(&("prompt", "none login"));
        let nobody = Browser::new(&app).get(&link).await;
        assert_eq!(nobody.location.starts_with(REDIRECT_URI), silent, "{changes:?} {}", nobody.location);
        assert_eq!(nobody.location.starts_with("/sign-in?return_to="), !silent, "{changes:?}");
    }
    let state = browser.get(&request(&customer.application, &[("state", &long(2_049))])).await.answer();
    assert_eq!((state["error"].as_str(), state.get("state")), ("invalid_request", None));
    let fragment = browser.get(&request(&customer.application, &[("response_type", "id_token token")])).await;
    assert!(fragment.location.starts_with(&format!("{REDIRECT_URI}#error=unsupported_response_type")));
    // What is voluntary is no error.
    assert_eq!(browser.get(&request(&customer.application, &[("acr_values", "phr")])).await.status, 200);
    nothing_was_given(&app, &customer).await;
}

#[tokio::test]
async fn a_server_that_is_closed_to_the_application_says_so_to_it() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let consent = browser.get(&request(&customer.application, &[])).await;
    let closed = input(json!({"open_to": "listed"}));
    servers::edit(app.ctx(), &TestApp::actor(), "default", closed).await.expect("is closed");
    app.poll_changes_now().await;
    let answers = [
        browser.get(&request(&customer.application, &[])).await.answer(),
        browser.decide(&consent, "allow").await.answer(),
    ];
    for answer in answers {
        assert_eq!(answer["error"], "unauthorized_client", "{answer:?}");
    }
    nothing_was_given(&app, &customer).await;
}

#[tokio::test]
async fn what_cannot_be_trusted_goes_nowhere() {
    let app = TestApp::sqlite().await;
    let (world, customer) = customer(&app).await;
    let mut links: Vec<String> = [
        ("client_id", ""),
        ("client_id", "xmarkx"),
        ("client_id", "<script>xmarkx"),
        ("client_id", &"x".repeat(5_000)),
        ("client_id", &world.service.client_id),
        // Every spelling of security.md A.
        ("redirect_uri", "https://xmarkx.example/cb"),
        ("redirect_uri", "https://app.example.com@xmarkx.example/cb"),
        ("redirect_uri", "https://a@b@app.example.com/cb"),
        ("redirect_uri", "https://xmarkx.example\\@app.example.com/cb"),
        ("redirect_uri", "https://app.example.com\t.xmarkx.example/cb"),
        ("redirect_uri", "https://app.example.com/cb\r\nxmarkx: 1"),
        ("redirect_uri", "https://app.example.com/cb/..;/xmarkx"),
        ("redirect_uri", "https://app.example.com/cb/%2e%2e/xmarkx"),
        ("redirect_uri", "//xmarkx.example/cb"),
        ("redirect_uri", "/\\xmarkx.example/cb"),
        ("redirect_uri", "https://APP.example.com/cb"),
        ("redirect_uri", "HTTPS://app.example.com/cb"),
        ("redirect_uri", "https://app.example.com./cb"),
        ("redirect_uri", "https://app.example.com:443/cb"),
        ("redirect_uri", "https://app.example.com:8443/cb"),
        ("redirect_uri", "http://app.example.com/cb"),
        ("redirect_uri", "https://app.example.com/cb/"),
        ("redirect_uri", "https://app.example.com/cb?xmarkx=1"),
        ("redirect_uri", "https://app.example.com/cb#xmarkx"),
        ("redirect_uri", "https://app.example.com/CB"),
        ("redirect_uri", " https://app.example.com/cb"),
        ("redirect_uri", "javascript:alert(1)//https://app.example.com/cb"),
        ("redirect_uri", " \u{1}JavaScript:alert(1)"),
        ("redirect_uri", "data:text/html,xmarkx"),
        ("redirect_uri", "https://\u{430}pp.example.com/cb"),
    ]
    .iter()
    .map(|change| request(&customer.application, &[*change]))
    .collect();
    let good = request(&customer.application, &[]);
    for more in ["&scope=xmarkx", "&redirect_uri=https%3A%2F%2Fxmarkx.example", "&client_id=xmarkx", "&x=%00", "&x=%ff"]
    {
        links.push(format!("{good}{more}"));
    }
    links.push(good.replace("/default/", "/xmarkx/"));
    for signed_in in [false, true] {
        let browser = if signed_in { app.browser(CUSTOMER).await } else { Browser::new(&app) };
        for link in links.iter().flat_map(|link| [link.clone(), format!("{link}&prompt=none")]) {
            let page = browser.get(&link).await;
            assert!([400, 404].contains(&page.status), "{link}: {} {}", page.status, page.location);
            assert_eq!(page.location, "", "{link}");
            assert!(
                page.html.contains("This sign-in does not work") && !page.html.contains(MARK),
                "{link}: {}",
                page.html
            );
            assert_eq!(page.headers["cache-control"], "no-store");
        }
    }
    nothing_was_given(&app, &customer).await;
}

#[tokio::test]
async fn owners_read_why() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let (browser, application) = (app.browser(CUSTOMER).await, &customer.application);
    browser.get(&request(application, &[("redirect_uri", "https://app.example.com/callback")])).await;
    browser.get(&request(application, &[("scope", "openid phone")])).await;
    browser.get(&request(application, &[("scope", "studies:read xmarkx")])).await;
    browser.get(&request(application, &[("prompt", "none")])).await;
    write_once(&app.state).await.expect("written");
    let calls = refused_calls(app.ctx(), &TestApp::actor(), application.id).await.expect("calls");
    let seen: Vec<_> = calls.iter().map(|call| (call.method.as_str(), call.code.as_str(), call.claimed)).collect();
    assert_eq!(seen.len(), 3, "an answer is no mistake: {seen:?}");
    for code in ["invalid_request", "invalid_scope"] {
        assert!(seen.contains(&("GET", code, true)), "{seen:?}");
    }
    let usage = app.browser("owner@example.com").await.get(&format!("/applications/{}/usage", application.id)).await;
    for words in
        ["/oauth2/default/v1/authorize", "edirect URI differs at character 26 from the registered", "scope phone"]
    {
        assert!(usage.html.contains(words), "{words}: {}", usage.html);
    }
    assert!(usage.html.contains("It asked for: studies:read"), "{}", usage.html);
    assert!(!usage.html.contains("xmarkx"), "no words of whoever made the link: {}", usage.html);
}

#[tokio::test]
async fn a_suspended_application_signs_nobody_in() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let consent = browser.get(&request(&customer.application, &[])).await;
    applications::suspend(app.ctx(), &TestApp::actor(), customer.application.id).await.expect("suspended");
    app.poll_changes_now().await;
    assert_eq!(browser.decide(&consent, "allow").await.status, 400, "not with a page that was open");
    assert_eq!(browser.get(&request(&customer.application, &[])).await.status, 400);
    nothing_was_given(&app, &customer).await;
}

/// Whoever looks a moment after the application has changed, before this node knows.
#[tokio::test]
async fn what_changed_a_moment_ago_counts() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let customer = Customer::new(&app, &world).await;
    let browser = app.browser(CUSTOMER).await;
    let consent = browser.get(&request(&customer.application, &[])).await;
    let other = input(json!({"redirect_uris": ["https://other.example.com/cb"]}));
    applications::change(app.ctx(), &TestApp::actor(), customer.application.id, other).await.expect("changed");
    let again = browser.decide(&consent, "allow").await;
    assert!(
        again.location.starts_with("/oauth2/default/v1/authorize?"),
        "begins again: {} {}",
        again.status,
        again.location
    );
    assert_eq!(browser.get(&again.location).await.status, 400);
    nothing_was_given(&app, &customer).await;
}

async fn nothing_was_given(app: &TestApp, customer: &Customer) {
    let (user, now) = (customer.user_id, app.ctx().now());
    let live = app.ctx().db.read(async move |tx| grants::live_of_user(tx, user, now).await).await.expect("read");
    assert!(live.is_empty(), "{live:?}");
}
