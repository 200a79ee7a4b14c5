//! The authenticator app: setting up, signing in, recovery codes, taking away; and what must not work.

use std::time::Duration;

use gatehouse_core::identity::session::AuthenticationMethod::{OneTimePassword, Password};
use gatehouse_core::identity::totp::Seed;
use gatehouse_server::actions::sessions;

use super::{PASSWORD, person};
use crate::support::browser::{Browser, Page};
use crate::support::{TestApp, on_each_engine};

const STEP: Duration = Duration::from_secs(30);

/// Base 32 of what the page shows.
fn seed_of(page: &Page) -> Seed {
    let shown = page.html.split_once("<code id=\"secret\">").expect("a secret").1.split_once('<').expect("an end").0;
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in shown.bytes().filter(|letter| *letter != b' ') {
        let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        (bits, held) = (bits << 5 | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 255).expect("a byte"));
        }
    }
    Seed::from_slice(&bytes).expect("20 bytes")
}

pub(crate) fn code(app: &TestApp, seed: &Seed) -> String {
    seed.code(app.ctx().now())
}

/// Sets an app up for whoever is signed in. Gives its seed and the recovery codes.
pub(crate) async fn set_up(app: &TestApp, browser: &Browser<'_>) -> (Seed, Vec<String>) {
    let page = browser.get("/profile/two-step/app").await;
    assert!(page.html.contains("<svg") && !page.html.contains("style="), "{}", page.html);
    let seed = seed_of(&page);
    let (ticket, token) = (page.field("ticket"), page.field("token"));
    let fields = |code, password| {
        [("code", code), ("current_password", password), ("ticket", ticket.as_str()), ("token", token.as_str())]
    };
    assert!(page.html.contains("href=\"otpauth://totp/Gatehouse:"), "for an app on the same device: {}", page.html);
    let right = code(app, &seed);
    let empty = browser.post("/profile/two-step/app", &fields(" ", PASSWORD)).await;
    assert!(empty.status == 422 && empty.html.contains("Enter the code."), "{}", empty.html);
    for (code, password) in [("000000", PASSWORD), (right.as_str(), "wrong")] {
        let again = browser.post("/profile/two-step/app", &fields(code, password)).await;
        assert_eq!((again.status, seed_of(&again).as_bytes()), (422, seed.as_bytes()), "the same is shown again");
    }
    let done = browser.post("/profile/two-step/app", &fields(&right, PASSWORD)).await;
    assert_eq!((done.status, &done.headers["cache-control"]), (200, &"no-store".parse().expect("a value")));
    let list =
        done.html.split_once("<code id=\"recovery-codes\">").expect("codes").1.split_once('<').expect("an end").0;
    let codes: Vec<String> = list.lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{list}");
    app.advance(STEP);
    (seed, codes)
}

/// The password in a new browser: on to the second step, and no session yet.
async fn first_step(app: &TestApp) -> Browser<'_> {
    let browser = Browser::new(app);
    let sent = browser.sign_in("ann@example.com", PASSWORD).await;
    assert_eq!((sent.status, sent.location.as_str()), (303, "/sign-in/code?return_to=%2F"));
    assert_eq!(browser.cookie("gatehouse"), "", "no session before both steps are done");
    browser
}

async fn second_step(browser: &Browser<'_>, code: &str) -> Page {
    let page = browser.get("/sign-in/code?return_to=%2Fprofile").await;
    let (token, target) = (page.field("token"), page.field("return_to"));
    browser.post("/sign-in/code", &[("code", code), ("return_to", &target), ("token", &token)]).await
}

#[tokio::test]
async fn from_set_up_to_removal() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let (browser, other) = (Browser::new(app), Browser::new(app));
        browser.sign_in("ann@example.com", PASSWORD).await;
        other.sign_in("ann@example.com", PASSWORD).await;
        let before = browser.cookie("gatehouse");
        let (seed, codes) = set_up(app, &browser).await;
        assert_ne!(browser.cookie("gatehouse"), before, "who gains something gets another value");
        assert_eq!(browser.get("/profile").await.status, 200);
        assert_eq!(other.get("/profile").await.status, 303, "others are signed out");
        assert!(browser.get("/profile/two-step").await.html.contains("10 of 10 recovery codes"));

        let second = first_step(app).await;
        assert_eq!(second_step(&second, "000000").await.status, 422);
        let now = code(app, &seed);
        let done = second_step(&second, &now).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/profile"));
        let known = sessions::authenticate(app.ctx(), &second.cookie("gatehouse")).await.expect("an answer");
        assert_eq!(known.expect("live").session.amr, [Password, OneTimePassword]);
        assert_eq!(second.cookie("gatehouse-step"), "");
        let third = first_step(app).await;
        assert_eq!(second_step(&third, &now).await.status, 422, "each code counts once");
        assert_eq!(second_step(&third, &codes[3].to_uppercase()).await.location, "/profile");
        let fourth = first_step(app).await;
        let used = second_step(&fourth, &codes[3]).await;
        assert_eq!(used.status, 422, "recovery codes too");
        assert!(used.html.contains("This recovery code is wrong or was used before"), "{}", used.html);
        let empty = second_step(&fourth, " ").await;
        assert!(empty.status == 422 && empty.html.contains("Enter the code."), "{}", empty.html);

        app.advance(STEP);
        let path = "/profile/two-step/codes";
        let renewed = browser.post(path, &[("current_password", PASSWORD)]).await;
        assert!(renewed.status == 200 && !renewed.html.contains(&codes[4]));
        assert_eq!(second_step(&fourth, &codes[4]).await.status, 422, "replaced");
        let fields = [("current_password", PASSWORD), ("code", &code(app, &seed))];
        for _ in 0..20 {
            let empty = browser.post("/profile/two-step/app/remove", &[("current_password", PASSWORD)]).await;
            assert!(empty.status == 422 && empty.html.contains("Enter the code."), "no try: {}", empty.html);
        }
        let used = [("current_password", PASSWORD), ("code", codes[3].as_str())];
        let used = browser.post("/profile/two-step/app/remove", &used).await;
        assert!(used.status == 422 && used.html.contains("This recovery code is wrong or was used"), "{}", used.html);
        let removed = browser.post("/profile/two-step/app/remove", &fields).await;
        assert_eq!(removed.location, "/profile/two-step?done=app-removed");
        assert_eq!(Browser::new(app).sign_in("ann@example.com", PASSWORD).await.location, "/");
        app.run_jobs_now().await;
        let words = |mail: &String| mail.split_whitespace().collect::<Vec<_>>().join(" ");
        let mails: Vec<String> = app.mails().iter().map(words).collect();
        for part in ["authenticator app", "9 are left", "lost a way to sign in"] {
            assert!(mails.iter().any(|mail| mail.contains(part)), "{part}: {mails:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_second_step_belongs_to_one_browser_and_ends() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let browser = Browser::new(&app);
    browser.sign_in("ann@example.com", PASSWORD).await;
    let (seed, codes) = set_up(&app, &browser).await;
    let stranger = Browser::new(&app);
    stranger.get("/sign-in").await;
    assert_eq!(stranger.get("/sign-in/code?return_to=/x").await.location, "/sign-in?return_to=%2Fx");

    let first = first_step(&app).await;
    stranger.plant("gatehouse-step", &first.cookie("gatehouse-step"));
    assert_eq!(stranger.get("/sign-in/code").await.status, 303, "sealed for another browser");
    let page = first.get("/sign-in/code").await;
    for token in ["", "x", &stranger.get("/sign-in").await.field("token")] {
        let fields = [("code", codes[0].as_str()), ("return_to", "/"), ("token", token)];
        assert_eq!(first.post("/sign-in/code", &fields).await.location, "/sign-in?return_to=%2F", "{token}");
    }
    app.advance(Duration::from_secs(15 * 60));
    let fields = [("code", code(&app, &seed)), ("return_to", "/".to_owned()), ("token", page.field("token"))];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(first.post("/sign-in/code", &fields).await.location, "/sign-in?return_to=%2F", "a quarter of an hour");
    assert_eq!(first.cookie("gatehouse"), "");
}

/// A browser has one session, whoever signed in before.
#[tokio::test]
async fn whoever_was_signed_in_before_is_signed_out() {
    let app = TestApp::sqlite().await;
    for email in ["ann@example.com", "bob@example.com"] {
        person(&app, email).await;
    }
    let (seed, _) = set_up(&app, &app.browser("ann@example.com").await).await;
    let browser = first_step(&app).await;
    let page = browser.get("/sign-in/code?return_to=%2Fprofile").await;
    let before = app.browser("bob@example.com").await.cookie("gatehouse");
    browser.plant("gatehouse", &before);
    let (code, token) = (code(&app, &seed), page.field("token"));
    let fields = [("code", code.as_str()), ("return_to", "/profile"), ("token", &token)];
    assert_eq!(browser.post("/sign-in/code", &fields).await.location, "/profile");
    assert!(sessions::authenticate(app.ctx(), &before).await.expect("an answer").is_none());
    assert!(browser.get("/profile").await.html.contains("ann@example.com"));
}

/// Somebody makes an account with an address that is not theirs, and adds a factor of their own: it would be there
/// still when the owner of the address has taken the account over by a new password.
#[tokio::test]
async fn an_address_that_is_not_verified_gains_no_factor() {
    on_each_engine(async |app: &TestApp| {
        let browser = Browser::new(app);
        let fields = [("name", "Eve"), ("email", "ann@example.com"), ("password", PASSWORD), ("time_zone", "")];
        browser.post("/sign-up", &fields).await;
        browser.sign_in("ann@example.com", PASSWORD).await;
        let page = browser.get("/profile/two-step/app").await;
        let (code, ticket, token) = (code(app, &seed_of(&page)), page.field("ticket"), page.field("token"));
        let fields = [("code", code.as_str()), ("current_password", PASSWORD), ("ticket", &ticket), ("token", &token)];
        let refused = browser.post("/profile/two-step/app", &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.html.contains("Verify your e-mail address first"), "{}", refused.html);
        assert_eq!(Browser::new(app).sign_in("ann@example.com", PASSWORD).await.location, "/verify-email");
    })
    .await;
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let browser = Browser::new(&app);
    browser.sign_in("ann@example.com", PASSWORD).await;
    let (seed, _) = set_up(&app, &browser).await;
    let first = first_step(&app).await;
    let mut answers = Vec::new();
    for guess in 0..6 {
        answers.push(second_step(&first, &format!("00000{guess}")).await.status);
    }
    assert_eq!(answers, [422, 422, 422, 422, 422, 429]);
    let again = first_step(&app).await;
    assert_eq!(second_step(&again, &code(&app, &seed)).await.status, 429, "the right one as well");
}

#[tokio::test]
async fn a_session_steps_up_by_a_code() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let plain = Browser::new(app);
        plain.sign_in("ann@example.com", PASSWORD).await;
        let path = "/sign-in?step_up=2fa&return_to=%2Fprofile";
        let told = plain.get(path).await;
        assert!(told.status == 200 && told.html.contains("Go on without it"), "{}", told.html);
        let (seed, _) = set_up(app, &plain).await;
        let browser = app.browser("ann@example.com").await;
        browser.get("/forgot-password").await;
        let token = browser.get("/sign-in?step_up=login").await;
        assert!(token.html.contains("current_password"));
        let before =
            sessions::authenticate(app.ctx(), &browser.cookie("gatehouse")).await.expect("read").expect("live");
        app.advance(STEP);
        let asked = browser.get(path).await;
        assert_eq!(asked.location, "/sign-in/code?return_to=%2Fprofile", "the code is all that is missing");
        assert_eq!(second_step(&browser, &code(app, &seed)).await.location, "/profile");
        let after = sessions::authenticate(app.ctx(), &browser.cookie("gatehouse")).await.expect("read").expect("live");
        assert_eq!((after.session.id, after.session.amr), (before.session.id, vec![Password, OneTimePassword]));
        let since = (after.session.authenticated_at, after.session.last_seen_at);
        let (signed_in, seen) = (before.session.authenticated_at, before.session.last_seen_at);
        assert_eq!(since, (signed_in, seen), "a code is no password");
        app.advance(STEP);
        let fields = [("current_password", PASSWORD), ("return_to", "/profile"), ("step_up", "login")];
        let asked = browser.post("/sign-in/again", &fields).await;
        assert_eq!(asked.location, "/sign-in/code?return_to=%2Fprofile", "everything, once more");
        assert_eq!(second_step(&browser, &code(app, &seed)).await.location, "/profile");
    })
    .await;
}
