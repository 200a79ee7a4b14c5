//! RP-Initiated Logout OP and Back-Channel Logout OP. Each module signs in, sends the browser to the logout endpoint, and then asks with
//! `prompt=none` whether anybody is still signed in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::jose::algorithm::Algorithm;
use gatehouse_core::jose::sign::SigningKey;
use gatehouse_server::actions::applications;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::{Suite, in_both_modes};
use crate::oauth::token::claims;
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::receiver::Receiver;
use crate::support::world::input;

const AFTER: &str = "https://app.example.com/post_logout_redirect";
const STATE: (&str, &str) = ("state", "logout-state");

/// Somebody who has signed in to the application, and its ID token.
async fn signed_in<'a>(suite: &'a Suite<'_>) -> (Browser<'a>, String) {
    let change = input(json!({"post_logout_redirect_uris": [AFTER]}));
    applications::change(suite.app.ctx(), &TestApp::actor(), suite.client.id, change).await.expect("changed");
    suite.app.poll_changes_now().await;
    let browser = Browser::new(suite.app);
    let tokens: Value = suite.tokens(&browser, &[]).await;
    (browser, tokens["id_token"].as_str().expect("an ID token").to_owned())
}

/// Sends the browser to the logout endpoint.
async fn log_out(browser: &Browser<'_>, parameters: &[(&str, &str)]) -> Page {
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    browser.get(&format!("/oauth2/default/v1/logout?{query}")).await
}

/// Whether the browser is still signed in, as the application finds out.
async fn is_signed_in(suite: &Suite<'_>, browser: &Browser<'_>) -> bool {
    let way = suite.walk(browser, &suite.request(&[("prompt", "none")])).await;
    assert!(way.shown.is_empty());
    match way.answer.get("error").map(String::as_str) {
        Some("login_required") => false,
        None => true,
        Some(other) => panic!("{other}"),
    }
}

/// Says yes where the page asks; nobody is sent anywhere.
async fn confirms(suite: &Suite<'_>, browser: &Browser<'_>, asked: &Page) {
    assert_eq!((asked.status, asked.location.as_str()), (200, ""));
    assert!(asked.html.contains("Sign out?"), "{}", asked.html);
    assert!(is_signed_in(suite, browser).await, "not yet");
    let request = asked.field("request").replace("&#38;", "&").replace("&amp;", "&");
    let done = browser.post("/oauth2/default/v1/logout/confirm", &[("request", &request)]).await;
    gone(suite, browser, &done).await;
}

/// The page that says so.
async fn gone(suite: &Suite<'_>, browser: &Browser<'_>, done: &Page) {
    assert_eq!((done.status, done.location.as_str()), (200, ""), "{}", done.html);
    assert!(done.html.contains("You are signed out"), "{}", done.html);
    assert!(!is_signed_in(suite, browser).await);
}

/// The page that says what is wrong; nobody is sent anywhere, and nobody signed out.
async fn refused(suite: &Suite<'_>, browser: &Browser<'_>, page: &Page) {
    assert_eq!((page.status, page.location.as_str()), (400, ""), "{}", page.html);
    assert!(page.html.contains("The application made a mistake"), "{}", page.html);
    assert!(is_signed_in(suite, browser).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let parameters = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", AFTER), STATE];
        let page = log_out(&browser, &parameters).await;
        assert_eq!((page.status, page.location), (303, format!("{AFTER}?state=logout-state")));
        assert!(!is_signed_in(suite, &browser).await);
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let page = log_out(&browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTER)]).await;
        assert_eq!((page.status, page.location.as_str()), (303, AFTER), "and no state");
        assert!(!is_signed_in(suite, &browser).await);
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let page = log_out(&browser, &[("id_token_hint", &hint), STATE]).await;
        gone(suite, &browser, &page).await;
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    in_both_modes(async |suite| {
        let (browser, _) = signed_in(suite).await;
        let page = log_out(&browser, &[]).await;
        confirms(suite, &browser, &page).await;
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    in_both_modes(async |suite| {
        let (browser, _) = signed_in(suite).await;
        let page = log_out(&browser, &[STATE]).await;
        confirms(suite, &browser, &page).await;
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    in_both_modes(async |suite| {
        let (browser, _) = signed_in(suite).await;
        let page = log_out(&browser, &[("post_logout_redirect_uri", AFTER), STATE]).await;
        refused(suite, &browser, &page).await;
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let other = format!("{AFTER}/n0tr3g");
        let page = log_out(&browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", &other), STATE]).await;
        refused(suite, &browser, &page).await;
    })
    .await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let other = format!("{AFTER}?foo=bar");
        let page = log_out(&browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", &other), STATE]).await;
        refused(suite, &browser, &page).await;
    })
    .await;
}

/// The same claims without a signature.
#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let claims = hint.split('.').nth(1).expect("claims");
        let unsigned = format!("eyJhbGciOiJub25lIn0.{claims}.");
        let page = log_out(&browser, &[("id_token_hint", &unsigned), ("post_logout_redirect_uri", AFTER), STATE]).await;
        refused(suite, &browser, &page).await;
    })
    .await;
}

/// The same header and claims, signed by somebody else.
#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    in_both_modes(async |suite| {
        let (browser, hint) = signed_in(suite).await;
        let (signed, _) = hint.rsplit_once('.').expect("a signature");
        let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
        let signature = stranger.sign(signed.as_bytes()).expect("a signature");
        let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let page = log_out(&browser, &[("id_token_hint", &forged), ("post_logout_redirect_uri", AFTER), STATE]).await;
        refused(suite, &browser, &page).await;
    })
    .await;
}

#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    in_both_modes(async |suite| {
        let receiver = Receiver::start().await;
        let change = json!({"backchannel_logout_uri": receiver.url, "backchannel_logout_session_required": true});
        let (ctx, actor) = (suite.app.ctx(), TestApp::actor());
        applications::change(ctx, &actor, suite.client.id, input(change)).await.expect("changed");
        let (browser, hint) = signed_in(suite).await;
        let parameters = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", AFTER), STATE];
        let page = log_out(&browser, &parameters).await;
        assert_eq!((page.status, page.location), (303, format!("{AFTER}?state=logout-state")));
        suite.app.run_jobs_now().await;
        receiver.wait_for(1).await;
        let token = claims::claims(suite.app, &json!(receiver.heard()[0]), "logout+jwt").await;
        let id_token = claims::claims(suite.app, &json!(hint), "JWT").await;
        for same in ["iss", "aud", "sub", "sid"] {
            assert_eq!(token[same], id_token[same], "{same}");
        }
        assert!(token["jti"].is_string() && token["iat"].is_i64() && token.get("nonce").is_none(), "{token}");
        assert_eq!(token["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        assert!(!is_signed_in(suite, &browser).await);
    })
    .await;
}
