//! What `security.md` F says must fail.

use std::time::Duration;

use gatehouse_server::actions::users;

use super::{PASSWORD, mailed_link, person};
use crate::support::browser::{Browser, Page};
use crate::support::{TestApp, on_each_engine};

/// What a stranger sees, but for what belongs to one request.
fn seen(page: &Page, email: &str) -> (u16, String, String) {
    let html = page.html.replace(email, "EMAIL");
    let html = match html.split_once("name=\"token\" value=\"") {
        Some((before, after)) => format!("{before}{}", after.split_once('"').map_or("", |(_, rest)| rest)),
        None => html,
    };
    (page.status, page.location.clone(), html)
}

#[tokio::test]
async fn nobody_learns_whether_an_address_has_an_account() {
    on_each_engine(async |app: &TestApp| {
        person(app, "known@example.com").await;
        person(app, "disabled@example.com").await;
        let user = users::get_by_ref(app.ctx(), "disabled@example.com").await.expect("a user").id;
        users::disable(app.ctx(), &TestApp::actor(), user).await.expect("disabled");
        let mut answers: Vec<Vec<(u16, String, String)>> = Vec::new();
        for email in ["known@example.com", "disabled@example.com", "unknown@example.com"] {
            let browser = Browser::new(app);
            let wrong = browser.sign_in(email, "not the password").await;
            let forgot = browser.post("/forgot-password", &[("email", email)]).await;
            let fields = [("name", "Eve"), ("email", email), ("password", PASSWORD), ("time_zone", "")];
            let sign_up = browser.post("/sign-up", &fields).await;
            answers.push([wrong, forgot, sign_up].iter().map(|page| seen(page, email)).collect());
        }
        assert_eq!(answers[0], answers[2]);
        assert_eq!(answers[1], answers[2]);
        app.run_jobs_now().await;
        let mut mails: Vec<String> = app.mails();
        mails.retain(|mail| mail.contains("To: known@example.com"));
        assert!(mails.iter().any(|mail| mail.contains("Subject: You have an account already")), "{mails:?}");
        assert!(!app.mails().iter().any(|mail| mail.contains("To: disabled@example.com")));
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_whatever_the_headers_claim() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let browser = Browser::new(&app);
    let token = browser.get("/sign-in").await.field("token");
    let guess = async |email: &str, password: &str, number: usize| {
        let fields = [("email", email), ("password", password), ("token", token.as_str())];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = app.request("POST", "/sign-in").header("sec-fetch-site", "same-origin");
        let request = request.header("x-forwarded-for", format!("203.0.113.{number}"));
        let request = request.header("forwarded", format!("for=203.0.113.{number}"));
        let request = request.header("x-real-ip", format!("203.0.113.{number}"));
        browser.send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    };
    for email in ["ann@example.com", "nobody@example.com"] {
        for number in 0..10 {
            assert_eq!(guess(email, "wrong", number).await.status, 422, "{email} {number}");
        }
        let page = guess(email, PASSWORD, 99).await;
        assert_eq!((page.status, &page.headers["retry-after"]), (429, &"900".parse().expect("a value")), "{email}");
        assert!(page.html.contains("Wait 15 minutes"), "{}", page.html);
        assert_eq!(guess(&email.to_uppercase(), PASSWORD, 100).await.status, 429, "however it is typed");
    }
    app.advance(Duration::from_secs(900));
    assert_eq!(guess("ann@example.com", PASSWORD, 101).await.status, 303);
}

#[tokio::test]
async fn fifty_guesses_at_once_are_ten() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        let token = browser.get("/sign-in").await.field("token");
        let cookie = browser.cookie("gatehouse-form");
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let body = format!("email=ann%40example.com&password=wrong&token={token}");
                let request = app.request("POST", "/sign-in").header("sec-fetch-site", "same-origin").body(body);
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                let request = request.header("cookie", format!("gatehouse-form={cookie}"));
                tokio::spawn(async move { request.send().await.expect("an answer").status().as_u16() })
            })
            .collect();
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("runs"));
        }
        assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 10, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 40, "{statuses:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_flooded_with_mails() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        let mut statuses = Vec::new();
        for _ in 0..8 {
            statuses.push(browser.post("/forgot-password", &[("email", "ann@example.com")]).await.status);
        }
        assert_eq!(statuses, [303, 303, 303, 303, 303, 429, 429, 429]);
        let fields = [("name", "Eve"), ("email", "ann@example.com"), ("password", PASSWORD), ("time_zone", "")];
        assert_eq!(browser.post("/sign-up", &fields).await.status, 429, "one limit for every way");
        app.run_jobs_now().await;
        assert_eq!(app.mails().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn another_site_signs_nobody_in_or_out() {
    let app = TestApp::sqlite().await;
    person(&app, "eve@example.com").await;
    person(&app, "ann@example.com").await;
    let (eve, ann) = (Browser::new(&app), Browser::new(&app));
    let eves = eve.get("/sign-in").await.field("token");
    let fields = [("email", "eve@example.com"), ("password", PASSWORD), ("token", eves.as_str())];
    assert_eq!(ann.post("/sign-in", &fields).await.status, 403, "no cookie");
    ann.get("/sign-in").await;
    let refused = ann.post("/sign-in", &fields).await;
    assert_eq!(refused.status, 403, "the token of another browser");
    assert!(refused.html.contains("value=\"eve@example.com\"") && refused.html.contains("sign in once more"));
    assert_eq!(ann.cookie("gatehouse"), "");

    assert_eq!(ann.sign_in("ann@example.com", PASSWORD).await.status, 303);
    let paths = ["/sign-in", "/sign-out", "/sign-up", "/forgot-password", "/verify-email", "/profile"];
    let more = ["/profile/password", "/profile/sessions/end-others", "/profile/sessions/x/end", "/reset-password/x"];
    for path in paths.into_iter().chain(more) {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("x-y", "z")] {
            let request = app.request("POST", path).header(name, value);
            let request = request.header("content-type", "application/x-www-form-urlencoded").body("");
            assert_eq!(ann.send(request).await.status, 403, "{path} {name}");
        }
    }
    assert_eq!(ann.get("/profile").await.status, 200, "still signed in");
    assert_eq!(ann.get("/sign-out").await.status, 405);
}

#[tokio::test]
async fn a_planted_session_is_worth_nothing() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        person(app, "eve@example.com").await;
        let (eve, ann) = (Browser::new(app), Browser::new(app));
        eve.sign_in("eve@example.com", PASSWORD).await;
        let planted = eve.cookie("gatehouse");
        ann.plant("gatehouse", &planted);
        assert_eq!(ann.get("/sign-in").await.status, 303, "a signed-in browser goes on");
        ann.post("/sign-out", &[]).await;
        assert_eq!(eve.get("/profile").await.status, 303, "the planted one was signed out");
        ann.plant("gatehouse", "gh_ss_made_up");
        let token = ann.get("/sign-in").await.field("token");
        let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("token", token.as_str())];
        assert_eq!(ann.post("/sign-in", &fields).await.status, 303);
        let first = ann.cookie("gatehouse");
        assert!(first != planted && first.starts_with("gh_ss_") && first != "gh_ss_made_up");
        assert_eq!(ann.post("/sign-in", &fields).await.status, 303);
        assert_ne!(ann.cookie("gatehouse"), first, "a new one at each sign-in");
        let page = ann.get("/profile").await;
        assert_eq!(
            (page.status, page.html.matches("data-label=\"Address\"").count()),
            (200, 1),
            "the one before ended"
        );
    })
    .await;
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_stays_out() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let browser = Browser::new(app);
        browser.sign_in("ann@example.com", PASSWORD).await;
        let user = users::get_by_ref(app.ctx(), "ann@example.com").await.expect("a user").id;
        users::disable(app.ctx(), &TestApp::actor(), user).await.expect("disabled");
        assert_eq!(browser.get("/profile").await.status, 303);
        assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.status, 422);
        users::enable(app.ctx(), &TestApp::actor(), user).await.expect("enabled");
        assert_eq!(browser.get("/profile").await.status, 303, "the session does not come back");
        assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn forms_have_their_fields_and_no_others() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let browser = Browser::new(&app);
    let good = [("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD), ("time_zone", "")];
    for extra in [("role", "admin"), ("email_verified", "true"), ("name", "twice")] {
        let fields: Vec<_> = good.into_iter().chain([extra]).collect();
        assert_eq!(browser.post("/sign-up", &fields).await.status, 400, "{extra:?}");
    }
    browser.sign_in("ann@example.com", PASSWORD).await;
    let fields = [("name", "Ann"), ("time_zone", "Etc/UTC"), ("role", "admin")];
    assert_eq!(browser.post("/profile", &fields).await.status, 400);
    assert_eq!(users::list(app.ctx(), String::new(), 10).await.expect("users").len(), 1);
}

#[tokio::test]
async fn links_in_mails_come_from_the_configuration() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let request = app.request("POST", "/forgot-password").header("sec-fetch-site", "same-origin");
    let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body("email=ann%40example.com");
    assert_eq!(Browser::new(&app).send(request).await.status, 303);
    assert!(mailed_link(&app, "/reset-password/").await.starts_with("/reset-password/gh_ol_"));
    assert!(app.mails().iter().all(|mail| !mail.contains("evil")));
}
