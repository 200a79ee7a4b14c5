//! What a hostile site, a neighbour or a hostile application may try on the pages for devices (`security.md` B, F).

use gatehouse_server::actions::{applications, users};
use gatehouse_server::serve::Limits;
use gatehouse_store::testing::TestDb;
use url::form_urlencoded::Serializer;

use super::devices;
use crate::login::person;
use crate::support::TestApp;
use crate::support::customer::EVERYTHING;
use crate::support::device::{CUSTOMER, Devices};
use crate::support::world::{World, input};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn nobody_answers_by_a_form_of_somebody_else() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    person(&app, "mallory@example.com").await;
    let (browser, mallory) = (app.browser(CUSTOMER).await, app.browser("mallory@example.com").await);
    let (begun, other) = (devices.begin(&app, EVERYTHING).await, devices.begin(&app, EVERYTHING).await);
    let question = browser.enter(&begun.user_code).await;
    let (action, token) = question.device_form();
    let (strange_action, strange) = mallory.enter(&begun.user_code).await.device_form();
    let (other_action, other_token) = browser.enter(&other.user_code).await.device_form();
    for site in ["cross-site", "same-site", "none"] {
        for (path, fields) in [
            (action.as_str(), vec![("token", token.as_str()), ("decision", "allow")]),
            ("/device", vec![("user_code", begun.user_code.as_str())]),
        ] {
            let body = Serializer::new(String::new()).extend_pairs(fields).finish();
            let post = app.request("POST", path).header("sec-fetch-site", site).header("content-type", FORM).body(body);
            assert_eq!(browser.send(post).await.status, 403, "{site} {path}");
        }
    }
    // A link that Mallory has made, with the tag of a session that is not this one, leads back to the code.
    for forged in
        [&strange_action, &action.replace("tag=", "tag=A"), &action[..action.find("&tag").expect("a tag")].to_owned()]
    {
        let sent = browser.get(forged).await;
        assert_eq!(sent.location, format!("/device?user_code={}", begun.user_code), "{forged}");
        let sent = browser.post(forged, &[("token", &token), ("decision", "allow")]).await;
        assert_eq!(sent.location, format!("/device?user_code={}", begun.user_code), "{forged}");
    }
    for (action, token) in
        [(&action, &strange), (&action, &String::new()), (&other_action, &token), (&action, &other_token)]
    {
        let page = browser.post(action, &[("token", token), ("decision", "allow")]).await;
        assert_eq!((page.status, page.location.as_str()), (409, ""), "{}", page.html);
        assert!(page.html.contains("Please look once more"));
    }
    for fields in [
        vec![("token", token.as_str())],
        vec![("token", token.as_str()), ("decision", "yes")],
        vec![("token", token.as_str()), ("decision", "allow"), ("decision", "cancel")],
        vec![("token", token.as_str()), ("decision", "allow"), ("more", "1")],
    ] {
        assert_eq!(browser.post(&action, &fields).await.status, 400, "{fields:?}");
    }
    assert_eq!(devices.refusal(&app, &begun).await, "authorization_pending", "nothing was allowed");
    assert_eq!(devices.refusal(&app, &other).await, "authorization_pending");
    assert_eq!(browser.answer(&question, "allow").await.status, 303);
}

#[tokio::test]
async fn nobody_frames_a_page() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let pages = [
        browser.get("/device").await,
        browser.enter("BCDF-GHJK").await,
        browser.enter(&begun.user_code).await,
        browser.get("/device/done?answer=allowed").await,
        browser.get("/device/done?answer=denied").await,
    ];
    for page in pages {
        assert!(!page.html.is_empty() && page.location.is_empty(), "{}", page.location);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self';"), "{policy}");
        assert!(!page.html.contains("<script>") && !page.html.contains("style=\""), "{}", page.html);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(!page.headers.contains_key("access-control-allow-origin"));
    }
    assert_eq!(browser.get("/device/done?answer=https://evil.example").await.location, "/device");
}

#[tokio::test]
async fn the_page_keeps_what_people_typed_about_an_application_as_text() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let change = input(serde_json::json!({"name": "<b>Bold</b>", "description": "</p><script>alert(1)</script>"}));
    applications::change(app.ctx(), &TestApp::actor(), devices.id, change).await.expect("changed");
    app.poll_changes_now().await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let html = app.browser(CUSTOMER).await.enter(&begun.user_code).await.html;
    assert!(html.contains("&#60;b&#62;Bold") && !html.contains("<b>") && !html.contains("<script>alert"), "{html}");
}

/// What has changed since the page was opened counts in the transaction that answers.
#[tokio::test]
async fn who_may_not_act_answers_for_nobody() {
    for suspended in ["application", "person", "session"] {
        let app = TestApp::sqlite().await;
        let devices = devices(&app).await;
        let begun = devices.begin(&app, EVERYTHING).await;
        let browser = app.browser(CUSTOMER).await;
        let question = browser.enter(&begun.user_code).await;
        match suspended {
            "application" => {
                applications::suspend(app.ctx(), &TestApp::actor(), devices.id).await.map(drop).expect("suspended");
            }
            "person" => {
                let user = users::get_by_ref(app.ctx(), CUSTOMER).await.expect("a user").id;
                users::disable(app.ctx(), &TestApp::actor(), user).await.map(drop).expect("disabled");
            }
            _ => drop(browser.post("/sign-out", &[]).await),
        }
        let page = browser.answer(&question, "allow").await;
        assert_ne!(page.location, "/device/done?answer=allowed", "{suspended}");
        assert!(page.status == 422 || page.location.starts_with("/sign-in?return_to="), "{suspended}: {}", page.status);
        if suspended != "application" {
            assert_eq!(devices.refusal(&app, &begun).await, "authorization_pending", "{suspended}");
        }
    }
}

/// The issuer's host has the pages, with a session of its own; the portal's has none of them.
#[tokio::test]
async fn on_a_host_of_its_own() {
    let hosts = ["portal.localhost", "auth.localhost", "api.localhost"];
    let app = TestApp::start_at(TestDb::sqlite().await, Limits::default(), hosts).await;
    let world = World::new(&app).await;
    let devices = Devices::new(&app, &world).await;
    let port = app.base.rsplit(':').next().expect("a port").to_owned();
    let (portal, auth) = (format!("portal.localhost:{port}"), format!("auth.localhost:{port}"));
    let form = [("client_id", devices.client_id.as_str()), ("scope", "openid")];
    let begin = app.request("POST", "/oauth2/default/v1/device/authorize").header("host", &auth).form(&form);
    let begun: serde_json::Value = begin.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(begun["verification_uri"], format!("http://{auth}/device"));
    let browser = app.browser(CUSTOMER).await;
    let get = async |path: &str, host: &str| browser.send(app.request("GET", path).header("host", host)).await;
    let post = async |path: &str, origin: &str, fields: &[(&str, &str)]| {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = app.request("POST", path).header("host", &auth).header("origin", format!("http://{origin}"));
        browser.send(request.header("content-type", FORM).body(body)).await
    };
    assert_eq!(get("/device", &portal).await.status, 404);
    let code = [("user_code", begun["user_code"].as_str().expect("a code"))];
    assert_eq!(post("/device", &portal, &code).await.status, 403, "another origin");
    let sent = post("/device", &auth, &code).await;
    let question = get(&sent.location, &auth).await;
    assert!(question.html.contains(&format!("http://{portal}/connected-applications")), "{}", question.html);
    let (action, token) = question.device_form();
    let answer = [("token", token.as_str()), ("decision", "allow")];
    assert_eq!(post(&action, &portal, &answer).await.status, 403);
    assert_eq!(post(&action, &auth, &answer).await.location, "/device/done?answer=allowed");
    // Signing in there leads back there.
    let visitor = crate::support::browser::Browser::new(&app);
    let sent = visitor.send(app.request("GET", "/device").header("host", &auth)).await;
    assert_eq!(sent.location, "/sign-in?return_to=%2Fdevice");
    let to = browser.send(app.request("GET", &sent.location).header("host", &auth)).await;
    assert_eq!(to.location, "/device");
}
