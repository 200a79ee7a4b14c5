//! From the link of an application to its tokens, as people and applications go it.

use std::time::Duration;

use serde_json::json;

use super::{CUSTOMER, customer};
use crate::login::{PASSWORD, person};
use crate::support::authorize::request;
use crate::support::browser::Browser;
use crate::support::customer::{Customer, REDIRECT_URI, VERIFIER, ask};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn sign_in_consent_code_tokens() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let application = Customer::web(app, &world).await;
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        let link = request(&application, &[("login_hint", "ann@example.com")]);

        let sent = browser.get(&link).await;
        assert_eq!(sent.status, 303, "{}", sent.html);
        assert!(
            sent.location.starts_with("/sign-in?return_to=%2Foauth2%2Fdefault%2Fv1%2Fauthorize%3F"),
            "{}",
            sent.location
        );
        let form = browser.get(&sent.location).await;
        assert!(form.html.contains("to go on to <strong>Web</strong>"), "{}", form.html);
        assert!(form.html.contains("value=\"ann@example.com\""), "the hint: {}", form.html);
        let policy = form.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
        let (token, back) = (form.field("token"), form.field("return_to").replace("&#38;", "&").replace("&amp;", "&"));
        let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("token", &token), ("return_to", &back)];
        let signed_in = browser.post("/sign-in", &fields).await;
        assert_eq!((signed_in.status, signed_in.location.as_str()), (303, back.as_str()));

        let consent = browser.get(&signed_in.location).await;
        assert_eq!(consent.status, 200, "{}", consent.html);
        for words in [
            "Allow Web?",
            "Organization",
            "Not verified",
            "You will be sent to <strong>app.example.com</strong>",
            "ann@example.com",
            "Use another account",
            "See your e-mail address",
            "Keep its access while you are away",
            "connected-applications",
        ] {
            assert!(consent.html.contains(words), "{words}: {}", consent.html);
        }
        let answer = browser.decide(&consent, "allow").await.answer();
        assert_eq!(answer["state"], "af0ifjsldkj");
        assert_eq!(answer["iss"], format!("{}/oauth2/default", app.base));
        assert_eq!(answer.len(), 3);

        let body = [("code", answer["code"].as_str()), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
        let (status, tokens) = ask(app, &application, "authorization_code", &body).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(tokens["scope"], "openid email offline_access public_api.read");
        assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
        let refresh = tokens["refresh_token"].as_str().expect("text");
        let (status, again) = ask(app, &application, "refresh_token", &[("refresh_token", refresh)]).await;
        assert_eq!(status, 200, "{again}");
        // Allowed is allowed.
        assert!(browser.get(&request(&application, &[("state", "2")])).await.answer().contains_key("code"));
    })
    .await;
}

#[tokio::test]
async fn cancel_is_an_answer() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let consent = browser.get(&request(&customer.application, &[])).await;
    let answer = browser.decide(&consent, "cancel").await.answer();
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "af0ifjsldkj"));
    assert!(answer["iss"].ends_with("/oauth2/default") && answer["error_uri"].ends_with("/docs/oauth#access_denied"));
    assert_eq!(browser.get(&request(&customer.application, &[])).await.status, 200, "nothing is remembered");
}

#[tokio::test]
async fn other_response_modes() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    browser.code(&request(&customer.application, &[])).await;
    let fragment = browser.get(&request(&customer.application, &[("response_mode", "fragment")])).await;
    assert!(fragment.location.starts_with(&format!("{REDIRECT_URI}#code=")), "{}", fragment.location);
    let posted =
        browser.get(&request(&customer.application, &[("response_mode", "form_post"), ("state", "\"><x>")])).await;
    assert_eq!(posted.status, 200);
    assert_eq!(posted.headers["cache-control"], "no-store");
    assert_eq!(posted.headers["referrer-policy"], "no-referrer");
    let policy = posted.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
    assert!(posted.html.contains(&format!("action=\"{REDIRECT_URI}\"")) && posted.html.contains("Continue"));
    assert!(posted.html.contains("On to Web") && !posted.html.contains("<x>"), "{}", posted.html);
    assert!(!posted.field("code").is_empty() && !posted.field("iss").is_empty());
}

#[tokio::test]
async fn a_posted_request_becomes_an_address() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let link = request(&customer.application, &[]);
    let (path, body) = link.split_once('?').expect("a query");
    let post = app.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
    // From another site, without a cookie.
    let answer = post.header("sec-fetch-site", "cross-site").body(body.to_owned()).send().await.expect("an answer");
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], link);
}

#[tokio::test]
async fn prompts() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let application = &customer.application;
    let browser = app.browser(CUSTOMER).await;
    let error =
        async |changes: &[(&str, &str)]| browser.get(&request(application, changes)).await.answer()["error"].clone();
    assert_eq!(error(&[("prompt", "none")]).await, "consent_required");
    browser.code(&request(application, &[])).await;
    let silent = browser.get(&request(application, &[("prompt", "none")])).await;
    assert!(silent.answer().contains_key("code"));
    app.advance(Duration::from_secs(100));
    assert_eq!(error(&[("prompt", "none"), ("max_age", "99")]).await, "login_required");
    assert!(
        browser
            .get(&request(application, &[("prompt", "none"), ("max_age", "100")]))
            .await
            .answer()
            .contains_key("code")
    );
    let nobody = Browser::new(&app).get(&request(application, &[("prompt", "none")])).await;
    assert_eq!(nobody.answer()["error"], "login_required");
    assert_eq!(browser.get(&request(application, &[("prompt", "consent")])).await.status, 200, "asks again");

    // Asks for the password once, and not again for what comes back.
    for again in [("prompt", "login"), ("max_age", "10")] {
        let sent = browser.get(&request(application, &[again])).await;
        assert!(sent.location.starts_with("/sign-in?step_up=login&return_to="), "{}", sent.location);
        assert!(browser.get(&sent.location).await.html.contains("name=\"current_password\""));
    }

    let choice = browser.get(&request(application, &[("prompt", "select_account")])).await;
    assert!(choice.html.contains("Choose an account") && choice.html.contains(CUSTOMER), "{}", choice.html);
    let fields = json!({"request": choice.field("request").replace("&#38;", "&").replace("&amp;", "&"), "token": choice.field("token")});
    let (query, token) = (fields["request"].as_str().expect("text"), fields["token"].as_str().expect("text"));
    let on = browser
        .post("/oauth2/default/v1/authorize/account", &[("request", query), ("token", token), ("choice", "this")])
        .await;
    assert!(browser.get(&on.location).await.answer().contains_key("code"), "{}", on.location);
    let other = browser
        .post("/oauth2/default/v1/authorize/account", &[("request", query), ("token", token), ("choice", "another")])
        .await;
    assert!(other.location.starts_with("/sign-in?return_to="), "{}", other.location);
    assert_eq!(browser.cookie("gatehouse"), "", "signed out");
}
