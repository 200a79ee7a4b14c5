//! What a hostile site, a neighbour or a hostile application may try on the pages.

use std::time::Duration;

use gatehouse_server::actions::users;
use gatehouse_server::serve::Limits;
use gatehouse_store::testing::TestDb;
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::{CUSTOMER, customer};
use crate::login::{PASSWORD, person};
use crate::support::TestApp;
use crate::support::authorize::request;
use crate::support::browser::{Browser, Page};
use crate::support::customer::Customer;
use crate::support::world::input;

#[tokio::test]
async fn nobody_allows_by_a_form_of_somebody_else() {
    let app = TestApp::sqlite().await;
    let (world, customer) = customer(&app).await;
    let (link, other) = (request(&customer.application, &[]), Customer::web(&app, &world).await);
    person(&app, "mallory@example.com").await;
    let (browser, mallory) = (app.browser(CUSTOMER).await, app.browser("mallory@example.com").await);
    let (own, foreign) = (browser.get(&link).await, mallory.get(&link).await);
    let (action, query, token) = own.consent_form();
    let (_, _, strange) = foreign.consent_form();
    let (_, other_query, _) = browser.get(&request(&other, &[])).await.consent_form();
    let (_, account_query, _) = own.consent_form();

    for site in ["cross-site", "same-site", "none"] {
        let fields = [("request", query.as_str()), ("token", &token), ("decision", "allow")];
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = app.request("POST", &action).header("sec-fetch-site", site);
        let post = post.header("content-type", "application/x-www-form-urlencoded").body(body);
        assert_eq!(browser.send(post).await.status, 403, "{site}");
    }
    let account_token = own.field("token");
    assert_ne!(account_token, token, "each form has its own");
    for (query, token, status) in [
        (&query, &strange, 409),
        (&query, &String::new(), 409),
        (&query, &account_token, 409),
        (&other_query, &token, 409),
    ] {
        let fields = [("request", query.as_str()), ("token", token.as_str()), ("decision", "allow")];
        let page = browser.post(&action, &fields).await;
        assert_eq!((page.status, page.location.as_str()), (status, ""), "{}", page.html);
        assert!(page.html.contains("Please look once more") && !page.html.contains("You are signed in as"));
    }
    let reader = foreign.field("as");
    let fields = [("request", query.as_str()), ("token", &strange), ("decision", "allow"), ("as", &reader)];
    let switched = browser.post(&action, &fields).await;
    assert!(switched.html.contains(&format!("You are signed in as {CUSTOMER} now.")), "{}", switched.html);
    let fields = [("request", account_query.as_str()), ("token", &token), ("choice", "another")];
    assert_eq!(browser.post("/oauth2/default/v1/authorize/account", &fields).await.status, 409);
    assert_ne!(browser.cookie("gatehouse"), "", "nobody is signed out by it");
    for fields in [
        vec![("request", query.as_str()), ("token", &token)],
        vec![("request", query.as_str()), ("token", &token), ("decision", "yes")],
        vec![("request", query.as_str()), ("token", &token), ("decision", "allow"), ("decision", "cancel")],
        vec![("request", query.as_str()), ("token", &token), ("decision", "allow"), ("more", "1")],
    ] {
        assert_eq!(browser.post(&action, &fields).await.status, 400, "{fields:?}");
    }
    assert_eq!(browser.get(&link).await.status, 200, "nothing was allowed");
    assert!(browser.decide(&own, "allow").await.answer().contains_key("code"));
}

#[tokio::test]
async fn no_question_is_skipped_by_editing_the_address() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let asks = async |link: &str| {
        let sent = browser.get(link).await;
        assert!(sent.location.starts_with("/sign-in?step_up=login"), "{link}: {} {}", sent.status, sent.location);
        return_to(&sent)
    };
    app.advance(Duration::from_secs(60));
    let link = request(&customer.application, &[("prompt", "login")]);
    let back = asks(&link).await;
    let resume = back.split_once("gatehouse_resume=").expect("what was answered").1.to_owned();
    // Going back without having signed in asks again, and so does everything else.
    asks(&back).await;
    let other = request(&customer.application, &[("prompt", "login"), ("state", "other")]);
    let old = resume.replacen('1', "0", 1);
    for forged in [
        format!("{link}&gatehouse_resume="),
        format!("{link}&gatehouse_resume={old}"),
        format!("{other}&gatehouse_resume={resume}"),
    ] {
        asks(&forged).await;
    }
    // Signed in since: on, but only for an hour, and for this very request.
    app.advance(Duration::from_secs(60));
    let again = app.browser(CUSTOMER).await;
    assert_eq!(again.get(&back).await.status, 200, "consent");
    assert!(again.get(&other).await.location.starts_with("/sign-in?step_up=login"));
    app.advance(Duration::from_secs(3_600));
    assert!(again.get(&back).await.location.starts_with("/sign-in?step_up=login"));
}

#[tokio::test]
async fn nobody_frames_a_page() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let sign_in = Browser::new(&app).get(&request(&customer.application, &[])).await.location;
    let pages = [
        browser.get(&request(&customer.application, &[])).await,
        browser.get(&request(&customer.application, &[("prompt", "select_account")])).await,
        browser.get(&request(&customer.application, &[("client_id", "unknown")])).await,
        browser.get(&request(&customer.application, &[("scope", "x"), ("response_mode", "form_post")])).await,
        Browser::new(&app).get(&sign_in).await,
    ];
    for page in pages {
        assert!(!page.html.is_empty() && page.location.is_empty(), "{}", page.location);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        assert!(!page.html.contains("<script>") && !page.html.contains("style=\""), "{}", page.html);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(!page.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn a_planted_session_gains_nothing() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    person(&app, "ann@example.com").await;
    let planted = app.browser(CUSTOMER).await.cookie("gatehouse");
    let victim = Browser::new(&app);
    victim.plant("gatehouse", &planted);
    // The victim sees whose account it is, and takes their own.
    let consent = victim.get(&request(&customer.application, &[])).await;
    assert!(consent.html.contains(CUSTOMER));
    let query = consent.consent_form().1;
    let fields = [("request", query.as_str()), ("token", &consent.field("token")), ("choice", "another")];
    let sent = victim.post("/oauth2/default/v1/authorize/account", &fields).await;
    let form = victim.get(&sent.location).await;
    let fields = [
        ("email", "ann@example.com"),
        ("password", PASSWORD),
        ("token", &form.field("token")),
        ("return_to", &return_to(&sent)),
    ];
    let on = victim.post("/sign-in", &fields).await;
    assert_ne!(victim.cookie("gatehouse"), planted);
    assert!(victim.get(&on.location).await.html.contains("ann@example.com"));
    let thief = Browser::new(&app);
    thief.plant("gatehouse", &planted);
    assert!(thief.get("/profile").await.location.starts_with("/sign-in"), "the planted one has ended");
}

#[tokio::test]
async fn who_may_not_act_goes_nowhere() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let new = json!({"email": "new@example.com", "name": "New", "email_verified": false});
    users::create(app.ctx(), &TestApp::actor(), input(new)).await.expect("a user");
    let browser = app.browser("new@example.com").await;
    let page = browser.get(&request(&customer.application, &[])).await;
    assert_eq!(page.status, 200);
    assert!(page.html.contains("<title>Verify your e-mail address"), "{}", page.html);
    let silent = browser.get(&request(&customer.application, &[("prompt", "none")])).await;
    assert_eq!(silent.answer()["error"], "interaction_required");

    let browser = app.browser(CUSTOMER).await;
    let consent = browser.get(&request(&customer.application, &[])).await;
    users::disable(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("disabled");
    let refused = browser.decide(&consent, "allow").await;
    assert!(refused.location.starts_with("/sign-in?return_to="), "{}", refused.location);
}

/// The issuer's host has the pages, with a session of its own.
#[tokio::test]
async fn on_a_host_of_its_own() {
    let hosts = ["portal.localhost", "auth.localhost", "api.localhost"];
    let app = TestApp::start_at(TestDb::sqlite().await, Limits::default(), hosts).await;
    let (_, customer) = customer(&app).await;
    person(&app, "ann@example.com").await;
    let port = app.base.rsplit(':').next().expect("a port").to_owned();
    let auth = format!("auth.localhost:{port}");
    let browser = Browser::new(&app);
    let get = async |path: &str| browser.send(app.request("GET", path).header("host", &auth)).await;
    let post = async |path: &str, origin: &str, fields: &[(&str, &str)]| {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = app.request("POST", path).header("host", &auth).header("origin", origin.to_owned());
        browser.send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    };
    let sent = get(&request(&customer.application, &[])).await;
    let form = get(&sent.location).await;
    assert!(
        form.html.contains(&format!("href=\"http://portal.localhost:{port}/forgot-password?return_to=")),
        "{}",
        form.html
    );
    let (token, back) = (form.field("token"), return_to(&sent));
    let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("token", &token), ("return_to", &back)];
    let (portal, here) = (format!("http://portal.localhost:{port}"), format!("http://{auth}"));
    assert_eq!(post("/sign-in", &portal, &fields).await.status, 403, "another origin");
    let on = post("/sign-in", &here, &fields).await;
    assert_eq!((on.status, on.location.as_str()), (303, back.as_str()));
    let consent = get(&on.location).await;
    assert!(consent.html.contains(&format!("{portal}/connected-applications")), "{}", consent.html);
    let (action, query, token) = consent.consent_form();
    let fields = [("request", query.as_str()), ("token", &token), ("decision", "allow")];
    assert_eq!(post(&action, &portal, &fields).await.status, 403);
    let answer = post(&action, &here, &fields).await.answer();
    assert_eq!(answer["iss"], format!("{here}/oauth2/default"));
    let home = get("/sign-in").await;
    assert_eq!(home.location, format!("{portal}/"), "there is no start page here");
}

/// Where a sign-in leads to.
fn return_to(sent: &Page) -> String {
    let (_, query) = sent.location.split_once('?').expect("a query");
    let found = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "return_to");
    found.expect("an address to come back to").1.into_owned()
}
