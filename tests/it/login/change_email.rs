//! Moving an account to another address: `/profile/email`.

use std::time::Duration;

use gatehouse_server::actions::users;
use serde_json::{Value, json};

use super::{PASSWORD, mailed_link, person};
use crate::manage::Operator;
use crate::support::browser::{Browser, Page};
use crate::support::{TestApp, on_each_engine};

const OLD: &str = "ann@example.com";
const NEW: &str = "Ann@New.example";

/// A second later, so that mails have an order.
async fn ask(app: &TestApp, browser: &Browser<'_>, email: &str) -> Page {
    app.advance(Duration::from_secs(1));
    browser.post("/profile/email", &[("email", email), ("current_password", PASSWORD)]).await
}

async fn asked(app: &TestApp, browser: &Browser<'_>, email: &str) -> String {
    assert_eq!(ask(app, browser, email).await.location, "/profile/email?done=sent");
    mailed_link(app, "/profile/email/").await
}

async fn signed_in<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let browser = Browser::new(app);
    assert_eq!(browser.sign_in(email, PASSWORD).await.status, 303);
    browser
}

/// The subjects of the mails to an address, oldest first.
async fn subjects(app: &TestApp, to: &str) -> Vec<String> {
    app.run_jobs_now().await;
    let to = format!("\r\nTo: {to}\r\n");
    let mails = app.mails().into_iter().filter(|mail| mail.contains(&to));
    mails.filter_map(|mail| mail.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned))).collect()
}

async fn address(app: &TestApp, id: &str) -> String {
    users::get_by_ref(app.ctx(), id).await.expect("a user").email.as_typed().to_owned()
}

#[tokio::test]
async fn the_address_changes_with_the_link_and_not_before() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        let id = users::get_by_ref(app.ctx(), OLD).await.expect("a user").id.to_string();
        let (browser, other) = (signed_in(app, OLD).await, signed_in(app, OLD).await);
        let operator = Operator::new(app).await;
        let workspace = operator.done("POST", "/workspaces", json!({ "name": "Lab" })).await;
        let path = format!("/workspaces/{}", workspace["id"].as_str().expect("an id"));
        operator.done("POST", &format!("{path}/invitations"), json!({ "email": NEW, "role": "member" })).await;
        let members = async || operator.done("GET", &format!("{path}/members"), Value::Null).await.to_string();

        // So that the mails have an order.
        app.advance(Duration::from_secs(1));
        let link = asked(app, &browser, NEW).await;
        assert_eq!(address(app, &id).await, OLD, "nothing has happened yet");
        assert!(browser.get("/profile/email").await.html.contains("<strong>Ann@New.example</strong>"));
        assert_eq!(subjects(app, OLD).await, ["Somebody wants to change the address of your account"]);
        let invited = "You are invited to the workspace Lab";
        assert_eq!(subjects(app, NEW).await, [invited, "Confirm your new e-mail address"]);
        assert!(browser.get(&link).await.html.contains("Ann@New.example"));
        assert!(!members().await.contains(&id), "an invitation binds with the address");
        assert_eq!(address(app, &id).await, OLD, "looking changes nothing");

        let before = browser.cookie("gatehouse");
        app.advance(Duration::from_secs(1));
        let done = browser.post(&link, &[]).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/profile?done=email"));
        assert_ne!(browser.cookie("gatehouse"), before, "a new session");
        let page = browser.get("/profile").await.html;
        assert!(page.contains("<strong>Ann@New.example</strong>") && page.contains("Verified"), "{page}");
        assert_eq!(other.get("/profile").await.status, 303, "every other browser is signed out");
        assert!(members().await.contains(&id), "the invitation has bound");
        assert_eq!(
            subjects(app, OLD).await.last().map(String::as_str),
            Some("The address of your account was changed")
        );
        assert_eq!(Browser::new(app).sign_in(OLD, PASSWORD).await.status, 422);
        assert_eq!(Browser::new(app).sign_in("ann@new.example", PASSWORD).await.status, 303);
        assert_eq!(browser.post(&link, &[]).await.status, 410, "once");
        let events = operator.done("GET", &format!("/audit_events?target_id={id}"), Value::Null).await.to_string();
        assert!(events.contains("user.email_change_requested") && events.contains("user.email_changed"), "{events}");
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_is_checked_and_kept() {
    let app = TestApp::sqlite().await;
    person(&app, OLD).await;
    let browser = signed_in(&app, OLD).await;
    for (email, password, message) in [
        ("", PASSWORD, "Enter an e-mail address"),
        ("ann@", PASSWORD, "host"),
        ("ANN@Example.com", PASSWORD, "This is your e-mail address already"),
        ("x@new.example", "wrong", "This is not your present password"),
        ("x@new.example", "", "Enter your present password"),
    ] {
        let page = browser.post("/profile/email", &[("email", email), ("current_password", password)]).await;
        assert!(page.status == 422 && page.html.contains(message), "{email} {message}: {}", page.html);
        assert!(page.html.contains(&format!("value=\"{email}\"")) && !page.html.contains(PASSWORD));
    }
    assert_eq!(subjects(&app, OLD).await, [""; 0]);
    let link = asked(&app, &browser, NEW).await;
    assert_eq!(browser.post("/profile/email/cancel", &[]).await.location, "/profile/email?done=cancelled");
    assert_eq!(browser.post(&link, &[]).await.status, 410, "cancelled");
    assert!(!browser.get("/profile/email").await.html.contains("New.example"));
}

#[tokio::test]
async fn an_address_that_is_taken_gets_the_same_answer_and_its_owner_a_mail() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        person(app, "taken@example.com").await;
        let browser = signed_in(app, OLD).await;
        let mut seen = Vec::new();
        for email in ["taken@example.com", "free@example.com"] {
            let answer = ask(app, &browser, email).await;
            let page = browser.get(&answer.location).await;
            seen.push((answer.status, answer.location, page.html.replace(email, "EMAIL")));
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(subjects(app, "taken@example.com").await, ["You have an account already"]);
        assert_eq!(subjects(app, OLD).await.len(), 2, "the present address hears the same");
        let links =
            app.mails().iter().flat_map(|mail| mail.lines()).filter(|line| line.contains("/profile/email/")).count();
        assert_eq!(links, 1, "to the free address alone");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_does_not_change_hands() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        let browser = signed_in(app, OLD).await;
        let link = asked(app, &browser, NEW).await;
        person(app, "ann@new.example").await;
        let refused = browser.post(&link, &[]).await;
        assert!(refused.status == 409 && refused.html.contains("nother account has this address"), "{}", refused.html);
        assert_eq!(browser.get("/profile").await.status, 200, "nothing changed, not even the session");
        assert!(users::get_by_ref(app.ctx(), OLD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_for_its_user_its_address_and_its_time() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        person(app, "eve@example.com").await;
        let (ann, eve) = (signed_in(app, OLD).await, signed_in(app, "eve@example.com").await);
        // Eve asks for an address of Ann's, and Ann opens the link: neither account gets anything.
        let lure = asked(app, &eve, "ann@work.example").await;
        for page in [ann.get(&lure).await, ann.post(&lure, &[]).await] {
            assert!(page.status == 403 && page.html.contains("belongs to another account"), "{}", page.html);
            assert!(!page.html.contains("work.example"));
        }
        let nobody = Browser::new(app);
        assert_eq!(nobody.get(&lure).await.status, 303, "who is not signed in signs in first");
        assert_eq!(nobody.post(&lure, &[]).await.status, 401);
        assert!(users::get_by_ref(app.ctx(), "ann@work.example").await.is_err());

        let first = asked(app, &ann, NEW).await;
        let second = asked(app, &ann, "ann@third.example").await;
        assert_eq!(ann.post(&first, &[]).await.status, 410, "a newer one has replaced it");
        let token = second.strip_prefix("/profile/email/").expect("a token");
        for path in ["/verify-email", "/reset-password", "/set-up"] {
            assert_eq!(nobody.get(&format!("{path}/{token}")).await.status, 410, "another purpose: {path}");
        }
        for wrong in ["x", &format!("{token}x"), &token[..token.len() - 1]] {
            assert_eq!(ann.post(&format!("/profile/email/{wrong}"), &[]).await.status, 410, "{wrong}");
        }
        // The session ends before the link does.
        app.advance(Duration::from_secs(24 * 3_600 - 1));
        assert_eq!(ann.sign_in(OLD, PASSWORD).await.status, 303);
        assert_eq!(ann.get(&second).await.status, 200);
        app.advance(Duration::from_secs(1));
        assert_eq!(ann.post(&second, &[]).await.status, 410, "over");
        assert!(users::get_by_ref(app.ctx(), OLD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_new_password_stops_what_somebody_else_has_begun() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        let thief = signed_in(app, OLD).await;
        let link = asked(app, &thief, "thief@evil.example").await;
        let owner = Browser::new(app);
        app.advance(Duration::from_secs(1));
        owner.post("/forgot-password", &[("email", OLD)]).await;
        let reset = mailed_link(app, "/reset-password/").await;
        assert_eq!(owner.post(&reset, &[("password", "five more unrelated words")]).await.status, 303);
        assert_eq!(owner.sign_in(OLD, "five more unrelated words").await.status, 303);
        assert_eq!(owner.post(&link, &[]).await.status, 410, "the change is stopped");
        assert_eq!(thief.get("/profile").await.status, 303);

        // The other way round: a link to the old mailbox is worth nothing once the address has changed.
        app.advance(Duration::from_secs(1));
        owner.post("/forgot-password", &[("email", OLD)]).await;
        let reset = mailed_link(app, "/reset-password/").await;
        let fields = [("email", NEW), ("current_password", "five more unrelated words")];
        app.advance(Duration::from_secs(1));
        assert_eq!(owner.post("/profile/email", &fields).await.status, 303);
        let link = mailed_link(app, "/profile/email/").await;
        assert_eq!(owner.post(&link, &[]).await.status, 303);
        assert_eq!(Browser::new(app).post(&reset, &[("password", "yet five other unrelated words")]).await.status, 410);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_flooded_and_no_password_guessed_here() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        let browser = signed_in(app, OLD).await;
        let mut statuses = Vec::new();
        for number in 0..7 {
            statuses.push(ask(app, &browser, &format!("victim{number}@example.com")).await.status);
        }
        assert_eq!(statuses, [303, 303, 303, 303, 303, 429, 429]);
        for _ in 0..10 {
            let guess = [("email", NEW), ("current_password", "wrong")];
            assert_eq!(browser.post("/profile/email", &guess).await.status, 422);
        }
        assert_eq!(ask(app, &browser, NEW).await.status, 429);
        assert_eq!(Browser::new(app).sign_in(OLD, PASSWORD).await.status, 429, "one limit for every way");
    })
    .await;
}

#[tokio::test]
async fn links_come_from_the_configuration() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        let browser = signed_in(app, OLD).await;
        let body = format!("email=ann%40new.example&current_password={}", PASSWORD.replace(' ', "+"));
        let request = app.request("POST", "/profile/email").header("sec-fetch-site", "same-origin").body(body);
        let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(browser.send(request).await.status, 303);
        assert!(mailed_link(app, "/profile/email/").await.starts_with("/profile/email/gh_ol_"));
        assert!(app.mails().iter().all(|mail| !mail.contains("evil")));
        for path in ["/profile/email", "/profile/email/cancel", "/profile/email/x"] {
            let request = app.request("POST", path).header("sec-fetch-site", "cross-site");
            let request = request.header("content-type", "application/x-www-form-urlencoded").body("");
            assert_eq!(browser.send(request).await.status, 403, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_operator_gives_another_address_which_is_then_verified() {
    on_each_engine(async |app: &TestApp| {
        person(app, OLD).await;
        person(app, "bob@example.com").await;
        let browser = signed_in(app, OLD).await;
        let link = asked(app, &browser, "ann@third.example").await;
        let operator = Operator::new(app).await;
        let id = users::get_by_ref(app.ctx(), OLD).await.expect("a user").id;
        let path = format!("/users/{id}/email");
        let taken = operator.refused("PUT", &path, json!({ "email": "BOB@example.com" })).await;
        assert_eq!(taken, (422, "invalid".to_owned()));
        let moved = operator.done("PUT", &path, json!({ "email": NEW })).await;
        assert_eq!((&moved["email"], &moved["email_verified_at"]), (&json!(NEW), &Value::Null));
        assert_eq!(browser.get("/profile").await.status, 303, "signed out");
        assert_eq!(browser.sign_in(NEW, PASSWORD).await.location, "/verify-email");
        assert_eq!(browser.post(&link, &[]).await.status, 410, "what was asked for before is over");
        operator.done("POST", &format!("/users/{id}/send_verification"), Value::Null).await;
        let verify = mailed_link(app, "/verify-email/").await;
        assert_eq!(browser.post(&verify, &[]).await.location, "/?done=verified");
    })
    .await;
}
