//! What is asked, remembered and given.

use gatehouse_server::actions::{apis, applications};
use gatehouse_store::consents;
use serde_json::json;

use super::{CUSTOMER, customer};
use crate::support::authorize::request;
use crate::support::browser::Browser;
use crate::support::customer::{Customer, REDIRECT_URI, VERIFIER, ask};
use crate::support::world::{Client, input};
use crate::support::{TestApp, on_each_engine};

const SCOPE: (&str, &str) = ("scope", "openid email public_api.read");

#[tokio::test]
async fn only_what_is_new_is_asked() {
    on_each_engine(async |app: &TestApp| {
        let (world, customer) = customer(app).await;
        let browser = app.browser(CUSTOMER).await;
        browser.code(&request(&customer.application, &[SCOPE])).await;
        let asked = async |changes: &[(&str, &str)]| browser.get(&request(&customer.application, changes)).await.status;
        assert_eq!(asked(&[("scope", "openid public_api.read")]).await, 303, "less");
        let more = browser.get(&request(&customer.application, &[("scope", "openid email studies:read")])).await;
        assert_eq!((more.status, more.html.matches("> New</span>").count()), (200, 1), "another one: {}", more.html);
        assert_eq!(asked(&[("scope", "openid"), ("claims", r#"{"userinfo":{"email":null}}"#)]).await, 303);
        assert_eq!(asked(&[("scope", "openid"), ("claims", r#"{"userinfo":{"name":null}}"#)]).await, 200, "by a claim");
        browser.code(&request(&customer.application, &[("scope", "openid studies:read")])).await;
        assert_eq!(asked(&[("scope", "openid email public_api.read studies:read")]).await, 303, "both are remembered");
        let other = Customer::web(app, &world).await;
        let first = browser.get(&request(&other, &[SCOPE])).await;
        assert_eq!((first.status, first.html.contains("> New</span>")), (200, false), "another application");
        let (user, id) = (customer.user_id, customer.application.id);
        let found = app.ctx().db.read(async move |tx| consents::find(tx, user, id, "default").await).await;
        let mut scopes = found.expect("read").expect("a consent").scopes;
        scopes.sort();
        assert_eq!(scopes, ["email", "openid", "public_api.read", "studies:read"]);
    })
    .await;
}

#[tokio::test]
async fn flexible_scopes_may_be_left_out_and_implicit_ones_are_not_asked_about() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let rule = async |name: &str, consent: &str, sensitivity: &str| {
        let api = apis::get_by_slug(app.ctx(), "results").await.expect("the API").id;
        let scopes = apis::list_scopes(app.ctx(), api).await.expect("scopes");
        let id = scopes.into_iter().find(|scope| scope.name == name).expect("the scope").id;
        let change = input(json!({"consent": consent, "sensitivity": sensitivity}));
        apis::edit_scope(app.ctx(), &TestApp::actor(), (api, id), change).await.expect("changed");
        app.poll_changes_now().await;
    };
    rule("studies:read", "flexible", "sensitive").await;
    let browser = app.browser(CUSTOMER).await;
    let link = request(&customer.application, &[("scope", "openid email public_api.read studies:read")]);
    let consent = browser.get(&link).await;
    assert!(
        consent.html.contains("<input type=\"checkbox\" name=\"scope\" value=\"studies:read\">"),
        "{}",
        consent.html
    );
    let at = |words: &str| consent.html.find(words).unwrap_or_else(|| panic!("no {words}"));
    assert!(at("studies:read") < at("See your e-mail address"), "sensitive ones come first");
    let without = browser.decide(&consent, "allow").await.answer();
    assert_eq!(scope_of(&app, &customer.application, &without["code"]).await, "openid email public_api.read");
    let consent = browser.get(&link).await;
    let with = browser.decide_with(&consent, "allow", &["studies:read", "public_api.write"]).await.answer();
    let all = "openid email public_api.read studies:read";
    assert_eq!(scope_of(&app, &customer.application, &with["code"]).await, all);
    assert_eq!(browser.get(&link).await.status, 303);

    rule("public_api.read", "implicit", "normal").await;
    let other = app.browser("owner@example.com").await;
    let link = request(&customer.application, &[("scope", "public_api.read")]);
    assert_eq!(other.get(&link).await.status, 303, "nothing to ask");
}

#[tokio::test]
async fn the_companys_own_applications_pass_over_the_question() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let own = input(json!({"skip_consent": true}));
    applications::change(app.ctx(), &TestApp::actor(), customer.application.id, own).await.expect("changed");
    app.poll_changes_now().await;
    let browser = app.browser(CUSTOMER).await;
    assert_eq!(browser.get(&request(&customer.application, &[SCOPE])).await.status, 303);
    assert_eq!(browser.get(&request(&customer.application, &[SCOPE, ("prompt", "consent")])).await.status, 200);
}

/// RFC 8252 §8.6: any program on the device could ask in its name.
#[tokio::test]
async fn programs_on_devices_are_asked_about_each_time() {
    let app = TestApp::sqlite().await;
    let (world, _) = customer(&app).await;
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let of = applications::find(ctx, &actor, world.service.id).await.expect("an application").organization_id;
    let new = json!({
        "organization_id": of, "name": "Tool", "type": "native",
        "redirect_uris": ["http://127.0.0.1/cb", "com.example.tool:/cb", "https://tool.example.com/cb"],
        "protocol": {"sign_in_scopes": ["openid", "profile"]},
    });
    let tool = applications::create(ctx, &actor, input(new)).await.expect("an application");
    app.poll_changes_now().await;
    let tool = Client { id: tool.id, client_id: tool.client_id, ..world.service };
    let browser = app.browser(CUSTOMER).await;
    for (uri, source, place, again) in [
        ("http://127.0.0.1:49152/cb", "http://127.0.0.1:49152;", "127.0.0.1:49152", 200),
        ("com.example.tool:/cb", "com.example.tool:;", "a program on your device (com.example.tool)", 200),
        ("https://tool.example.com/cb", "https://tool.example.com;", "tool.example.com", 303),
    ] {
        let link = request(&tool, &[("scope", "openid profile"), ("redirect_uri", uri), ("prompt", "consent")]);
        let consent = browser.get(&link).await;
        assert!(consent.html.contains(&format!("You will be sent to <strong>{place}</strong>")), "{}", consent.html);
        let policy = consent.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains(&format!("form-action 'self' {source}")), "{policy}");
        let answer = browser.decide(&consent, "allow").await;
        assert!(answer.location.starts_with(&format!("{uri}?code=")), "{} {}", answer.location, answer.html);
        let link = request(&tool, &[("scope", "openid profile"), ("redirect_uri", uri)]);
        assert_eq!(browser.get(&link).await.status, again, "{uri}");
    }
}

async fn scope_of(app: &TestApp, application: &Client, code: &str) -> String {
    let body = [("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
    let (status, tokens) = ask(app, application, "authorization_code", &body).await;
    assert_eq!(status, 200, "{tokens}");
    tokens["scope"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn the_page_keeps_what_people_typed_about_an_application_as_text() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    let named = input(json!({"name": "<b>\"Bank\"</b>", "description": "<img src=x onerror=alert(1)>"}));
    applications::change(app.ctx(), &TestApp::actor(), customer.application.id, named).await.expect("changed");
    app.poll_changes_now().await;
    let link = request(&customer.application, &[("login_hint", "\"><script>alert(1)</script>@x")]);
    let sign_in = Browser::new(&app).get(&link).await.location;
    let pages = [
        app.browser(CUSTOMER).await.get(&link).await,
        app.browser(CUSTOMER).await.get(&request(&customer.application, &[("prompt", "select_account")])).await,
        Browser::new(&app).get(&sign_in).await,
    ];
    for page in pages {
        assert!(page.html.contains("Bank") && !page.html.contains("<b>\""), "{}", page.html);
        assert!(!page.html.contains("<img src=x") && !page.html.contains("<script>"), "{}", page.html);
    }
}

/// Otherwise any page that sends somebody by would learn who they are.
#[tokio::test]
async fn nobody_is_recognized_unasked() {
    on_each_engine(async |app: &TestApp| {
        let (_, customer) = customer(app).await;
        let browser = app.browser(CUSTOMER).await;
        let openid = ("scope", "openid");
        let silent = browser.get(&request(&customer.application, &[openid, ("prompt", "none")])).await.answer();
        assert_eq!(silent["error"], "consent_required");
        let page = browser.get(&request(&customer.application, &[openid])).await;
        assert!(page.html.contains("Know that it is you"), "{} {}", page.status, page.html);
        assert_eq!(browser.decide(&page, "cancel").await.answer()["error"], "access_denied");
        browser.code(&request(&customer.application, &[openid])).await;
        let silent = browser.get(&request(&customer.application, &[openid, ("prompt", "none")])).await.answer();
        assert!(silent.contains_key("code"), "{silent:?}");
    })
    .await;
}
