//! Whoever makes an account or a new password on the way to an application comes back to its request, by the link of the
//! mail, in whatever browser it is opened.

use std::time::Duration;

use gatehouse_server::serve::Limits;
use gatehouse_store::testing::TestDb;

use super::{PASSWORD, mailed_link, person};
use crate::support::authorize::request;
use crate::support::browser::{Browser, Page};
use crate::support::customer::Customer;
use crate::support::world::{Client, World};
use crate::support::{TestApp, on_each_engine};

const NEW: &str = "five more unrelated words";

async fn application(app: &TestApp) -> Client {
    let world = World::new(app).await;
    Customer::web(app, &world).await
}

/// The address in a page that begins so.
fn href(page: &Page, start: &str) -> String {
    let (_, rest) =
        page.html.split_once(&format!("href=\"{start}")).unwrap_or_else(|| panic!("no {start}: {}", page.html));
    format!("{start}{}", rest.split_once('"').expect("an end").0).replace("&#38;", "&").replace("&amp;", "&")
}

fn return_to(page: &Page) -> String {
    page.field("return_to").replace("&#38;", "&").replace("&amp;", "&")
}

/// From an application's request to the sign-up form; sends it. Gives the path to come back to.
async fn signs_up(app: &TestApp, browser: &Browser<'_>, client: &Client) -> String {
    let sign_in = browser.get(&browser.get(&request(client, &[])).await.location).await;
    let form = browser.get(&href(&sign_in, "/sign-up?return_to=")).await;
    assert!(form.html.contains("to go on to <strong>Web</strong>"), "{}", form.html);
    let back = return_to(&form);
    assert!(back.starts_with("/oauth2/default/v1/authorize?"), "{back}");
    assert_eq!(href(&form, "/sign-in?return_to="), href_of(&back));
    let mut fields = [("name", "Bo"), ("email", "bo@example.com"), ("password", "short"), ("return_to", &back)];
    let again = browser.post("/sign-up", &fields).await;
    assert_eq!((again.status, return_to(&again)), (422, back.clone()), "kept with what was typed");
    fields[2].1 = PASSWORD;
    assert_eq!(browser.post("/sign-up", &fields).await.location, "/sign-up/check-mail");
    app.advance(Duration::from_secs(1));
    back
}

fn href_of(back: &str) -> String {
    let encoded = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!("/sign-in?return_to={}", back.bytes().map(encoded).collect::<String>())
}

/// Signs in with the form of this page.
async fn signs_in(browser: &Browser<'_>, page: &Page, password: &str) -> Page {
    signs_in_as(browser, page, ("bo@example.com", password)).await
}

async fn signs_in_as(browser: &Browser<'_>, page: &Page, (email, password): (&str, &str)) -> Page {
    let (token, back) = (page.field("token"), return_to(page));
    let fields = [("email", email), ("password", password), ("token", &token), ("return_to", &back)];
    browser.post("/sign-in", &fields).await
}

/// Opens the link of the mail in a browser that knows nobody: signs in first, and sees its page then.
async fn follows(browser: &Browser<'_>, link: &str, email: &str) -> Page {
    for sent in [browser.get(link).await, browser.post(link, &[]).await] {
        assert_eq!(sent.location, href_of(link).replace("?", "?done=verify&"));
    }
    let form = browser.get(&href_of(link).replace("?", "?done=verify&")).await;
    assert!(form.html.contains("Sign in to verify your e-mail address"), "{}", form.html);
    let known = format!(r#"value="{email}" spellcheck"#);
    assert!(form.html.contains(&known), "whoever has the link has it from there: {}", form.html);
    let on = signs_in_as(browser, &form, (email, PASSWORD)).await;
    assert_eq!(on.location, link);
    browser.get(link).await
}

/// Nothing to wander off to, and the reason why somebody is here.
fn leads_on(page: &Page, purpose: &str) {
    assert!(page.html.contains(purpose), "{purpose}: {}", page.html);
    for elsewhere in ["href=\"/apis\"", "href=\"/sign-in\"", "href=\"/sign-up\"", "href=\"/docs"] {
        assert!(!page.html.contains(elsewhere), "{elsewhere}: {}", page.html);
    }
}

#[tokio::test]
async fn pages_on_the_way_say_where_to_and_lead_nowhere_else() {
    let test = TestApp::sqlite().await;
    let app = &test;
    let client = application(app).await;
    let web = "to go on to <strong>Web</strong>";
    let stranger = Browser::new(app);
    let sign_in = stranger.get(&stranger.get(&request(&client, &[])).await.location).await;
    leads_on(&sign_in, web);
    leads_on(&stranger.get(&href(&sign_in, "/forgot-password?return_to=")).await, web);
    let sign_up = stranger.get(&href(&sign_in, "/sign-up?return_to=")).await;
    leads_on(&sign_up, "You need an account here before Web can ask for your permission.");
    assert!(!sign_up.html.contains("reviewers"), "{}", sign_up.html);
    leads_on(&stranger.get("/sign-in?return_to=%2Fdevice").await, "to connect a device");
    assert!(stranger.get("/sign-in?return_to=%2Fapis").await.html.contains("href=\"/apis\""), "a page of the portal");
    let wanted = "return_to=%2Fapis%2Fresults%2Frequest";
    for path in ["/sign-in", "/sign-up"] {
        let page = stranger.get(&format!("{path}?{wanted}")).await.html;
        assert!(page.contains("to request access to an API"), "{path}: {page}");
        for link in ["sign-in", "sign-up"] {
            let header = format!(
                "<a class=\"button {}\" href=\"/{link}?{wanted}\">",
                ["quiet", "secondary"][usize::from(link == "sign-up")]
            );
            assert!(page.contains(&header), "{path}, {header}: {page}");
        }
    }

    person(app, "ann@example.com").await;
    let browser = app.browser("ann@example.com").await;
    let again = browser.get(&browser.get(&request(&client, &[("prompt", "login")])).await.location).await;
    assert!(again.html.contains("Confirm that it is you"), "{}", again.html);
    leads_on(&again, web);
    let (query, token) = (again.field("request").replace("&#38;", "&"), again.field("token"));
    let fields = [("request", query.as_str()), ("token", &token), ("choice", "another")];
    let other = browser.post("/oauth2/default/v1/authorize/account", &fields).await;
    assert!(other.location.starts_with("/sign-in?return_to=%2Foauth2"), "{} {}", other.location, other.html);
    leads_on(&browser.get(&other.location).await, web);
}

#[tokio::test]
async fn a_new_account_comes_back_to_the_request() {
    on_each_engine(async |app: &TestApp| {
        let client = application(app).await;
        let back = signs_up(app, &Browser::new(app), &client).await;
        let link = mailed_link(app, "/verify-email/").await;
        assert!(link.len() < 100, "the mail holds no request: {link}");
        // On another device.
        let browser = Browser::new(app);
        let page = follows(&browser, &link, "bo@example.com").await;
        assert!(page.html.contains("bo@example.com"), "{}", page.html);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
        let verified = browser.post(&link, &[]).await;
        assert_eq!(verified.location, back);
        let consent = browser.get(&verified.location).await;
        assert!(browser.decide(&consent, "allow").await.answer().contains_key("code"));
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_in_already_comes_back_at_once() {
    let app = TestApp::sqlite().await;
    let client = application(&app).await;
    let browser = Browser::new(&app);
    let back = signs_up(&app, &browser, &client).await;
    let first = mailed_link(&app, "/verify-email/").await;
    let sign_in = browser.get(&href_of(&back)).await;
    let on = signs_in(&browser, &sign_in, PASSWORD).await;
    assert!(
        browser.get(&on.location).await.html.contains("Verify your <span class=\"nowrap\">e-mail</span> address first")
    );
    assert_eq!(browser.post("/verify-email", &[]).await.location, "/verify-email?done=sent");
    let second = mailed_link(&app, "/verify-email/").await;
    assert_eq!(browser.post(&first, &[]).await.status, 410, "replaced");
    assert_eq!(browser.post(&second, &[]).await.location, back, "the newer link leads on as well");
    assert!(browser.get(&back).await.html.contains("Allow Web?"));
    assert_eq!(
        browser.get(&href_of(&back).replace("sign-in", "sign-up")).await.location,
        back,
        "there is nothing to make"
    );
}

/// Somebody makes an account with an address that is not theirs, and its owner presses the button: what waits for the
/// address would be in the hands of whoever knows the password.
#[tokio::test]
async fn somebody_else_who_is_signed_in_verifies_nothing() {
    let app = TestApp::sqlite().await;
    let client = application(&app).await;
    signs_up(&app, &Browser::new(&app), &client).await;
    let link = mailed_link(&app, "/verify-email/").await;
    person(&app, "ann@example.com").await;
    let stranger = app.browser("ann@example.com").await;
    for answer in [stranger.get(&link).await, stranger.post(&link, &[]).await] {
        assert_eq!(answer.status, 403);
        assert!(answer.html.contains("another account"), "{}", answer.html);
    }
    let bo = Browser::new(&app);
    assert_eq!(follows(&bo, &link, "bo@example.com").await.status, 200, "nothing was used up");
}

#[tokio::test]
async fn a_new_password_comes_back_to_the_request() {
    on_each_engine(async |app: &TestApp| {
        let client = application(app).await;
        person(app, "bo@example.com").await;
        let browser = Browser::new(app);
        let sign_in = browser.get(&browser.get(&request(&client, &[])).await.location).await;
        let form = browser.get(&href(&sign_in, "/forgot-password?return_to=")).await;
        let back = return_to(&form);
        assert_eq!(href(&form, "/sign-in?return_to="), href_of(&back));
        let refused = browser.post("/forgot-password", &[("email", "x"), ("return_to", &back)]).await;
        assert_eq!((refused.status, return_to(&refused)), (422, back.clone()));
        let sent = browser.post("/forgot-password", &[("email", "bo@example.com"), ("return_to", &back)]).await;
        assert_eq!(sent.location, "/forgot-password/check-mail");
        let link = mailed_link(app, "/reset-password/").await;
        let browser = Browser::new(app);
        for page in [browser.get(&link).await, browser.post(&link, &[("password", "short")]).await] {
            let policy = page.headers["content-security-policy"].to_str().expect("text");
            assert!(policy.contains("form-action 'self' https://app.example.com;"), "{} {policy}", page.status);
        }
        let set = browser.post(&link, &[("password", NEW)]).await;
        assert_eq!(set.location, href_of(&back).replace("?", "?done=password&"));
        let on = signs_in(&browser, &browser.get(&set.location).await, NEW).await;
        assert_eq!(on.location, back);
    })
    .await;
}

/// `security.md` A: what is kept with a link is a path of ours, or nothing.
#[tokio::test]
async fn a_link_leads_nowhere_else() {
    let app = TestApp::sqlite().await;
    let long = format!("/{}", "a".repeat(12_001));
    let foreign = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/..//evil.example",
        "/\t/evil.example",
        "/x\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/sign-out",
        &long,
    ];
    for (number, wanted) in foreign.into_iter().enumerate() {
        // The throttle knows one address of everybody here.
        app.advance(Duration::from_secs(3_600));
        let (browser, email) = (Browser::new(&app), format!("bo{number}@example.com"));
        let encoded: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        for path in ["/sign-up", "/forgot-password"] {
            let form = browser.get(&format!("{path}?return_to={encoded}")).await;
            assert_eq!(form.status, 200);
            assert!(!form.html.contains("return_to") && !form.html.contains("evil"), "{wanted:?}: {}", form.html);
        }
        let fields = [("name", "Bo"), ("email", &email), ("password", PASSWORD), ("return_to", wanted)];
        assert_eq!(browser.post("/sign-up", &fields).await.location, "/sign-up/check-mail", "{wanted:?}");
        let link = mailed_link(&app, "/verify-email/").await;
        follows(&browser, &link, &email).await;
        assert_eq!(browser.post(&link, &[]).await.location, "/?done=verified", "{wanted:?}");
        browser.post("/sign-out", &[]).await;
        app.advance(Duration::from_secs(1));
        let sent = browser.post("/forgot-password", &[("email", &email), ("return_to", wanted)]).await;
        assert_eq!(sent.location, "/forgot-password/check-mail", "{wanted:?}");
        let link = mailed_link(&app, "/reset-password/").await;
        assert_eq!(browser.post(&link, &[("password", NEW)]).await.location, "/sign-in?done=password", "{wanted:?}");
    }
}

/// Accounts are made on the portal's host, requests come to the issuers'.
#[tokio::test]
async fn issuers_on_a_host_of_their_own() {
    let hosts = ["portal.localhost", "auth.localhost", "api.localhost"];
    let app = TestApp::start_at(TestDb::sqlite().await, Limits::default(), hosts).await;
    let client = application(&app).await;
    let (portal, auth) = (&app.state.config.portal_url, &app.state.config.issuer_url);
    let at = |base: &str, path: &str| {
        let host = base.strip_prefix("http://").expect("an address").to_owned();
        app.request("GET", path).header("host", host)
    };
    let browser = Browser::new(&app);
    let sent = browser.send(at(auth, &request(&client, &[]))).await;
    let sign_in = browser.send(at(auth, &sent.location)).await;
    let sign_up = href(&sign_in, &format!("{portal}/sign-up?return_to="));
    let form = browser.send(at(portal, sign_up.strip_prefix(portal.as_str()).expect("the portal's"))).await;
    let back = return_to(&form);
    assert_eq!(href(&form, &format!("{auth}/sign-in")), format!("{auth}{}", href_of(&back)));
    let post = |path: &str, fields: &[(&str, &str)]| {
        let host = portal.strip_prefix("http://").expect("an address").to_owned();
        let post = app.request("POST", path).header("host", host).header("origin", portal.clone());
        browser.send(post.form(fields))
    };
    let fields = [("name", "Bo"), ("email", "bo@example.com"), ("password", PASSWORD), ("return_to", &back)];
    assert_eq!(post("/sign-up", &fields).await.location, "/sign-up/check-mail");
    app.run_jobs_now().await;
    let mails = app.mails();
    let link = mails.iter().flat_map(|mail| mail.lines()).find(|line| line.contains("/verify-email/")).expect("a link");
    let link = link.strip_prefix(portal.as_str()).expect("the portal's");
    let sign_in = browser.send(at(portal, link)).await.location;
    let form = browser.send(at(portal, &sign_in)).await;
    let (token, to) = (form.field("token"), return_to(&form));
    let fields = [("email", "bo@example.com"), ("password", PASSWORD), ("token", &token), ("return_to", &to)];
    assert_eq!(post("/sign-in", &fields).await.location, link);
    let page = browser.send(at(portal, link)).await;
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.contains(&format!("form-action 'self' {auth} https://app.example.com;")), "{policy}");
    let verified = post(link, &[]).await;
    assert_eq!(verified.location, format!("{auth}{back}"), "where they sign in once more: the hosts share no session");
}
