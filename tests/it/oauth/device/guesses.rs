//! Guessing user codes (RFC 8628 §5.1): counted by person and address, and nobody learns which codes there were.

use std::time::Duration;

use super::devices;
use crate::login::person;
use crate::support::customer::EVERYTHING;
use crate::support::device::CUSTOMER;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn all_that_nobody_can_answer_looks_the_same() {
    on_each_engine(async |app: &TestApp| {
        let devices = devices(app).await;
        let browser = app.browser(CUSTOMER).await;
        let expired = devices.begin(app, EVERYTHING).await.user_code;
        app.advance(Duration::from_secs(600));
        let (used, _) = devices.tokens(app).await;
        let denied = devices.begin(app, EVERYTHING).await.user_code;
        browser.answer(&browser.enter(&denied).await, "cancel").await;
        let mut pages = Vec::new();
        for code in ["BCDF-GHJK", &expired, &used.user_code, &denied] {
            let page = browser.enter(code).await;
            assert_eq!(page.status, 422, "{code}");
            pages.push(page.html.replace(code, "CODE"));
        }
        assert!(pages[0].contains("No device waits with this code"), "{}", pages[0]);
        assert!(pages.iter().all(|page| *page == pages[0]));
    })
    .await;
}

#[tokio::test]
async fn guesses_are_counted() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let browser = app.browser(CUSTOMER).await;
    for n in 0..10 {
        assert_eq!(browser.enter("BCDF-GHJK").await.status, 422, "{n}");
        assert_eq!(browser.enter("no code at all").await.status, 422, "nothing was tried");
    }
    let page = browser.enter(&begun.user_code).await;
    assert_eq!((page.status, page.headers["retry-after"].as_bytes()), (429, &b"1800"[..]), "also the right one");
    assert!(!page.html.contains("forgotten your password") && !page.html.contains("/sign-up"), "{}", page.html);
    // Another browser, another session, the same person.
    assert_eq!(app.browser(CUSTOMER).await.enter(&begun.user_code).await.status, 429);
    person(&app, "ann@example.com").await;
    assert_eq!(app.browser("ann@example.com").await.enter(&begun.user_code).await.status, 200);
    app.advance(Duration::from_secs(1_800));
    let fresh = devices.begin(&app, EVERYTHING).await;
    assert_eq!(app.browser(CUSTOMER).await.enter(&fresh.user_code).await.status, 200);
}

#[tokio::test]
async fn one_address_with_many_accounts_is_counted_too() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let begun = devices.begin(&app, EVERYTHING).await;
    let mut statuses = Vec::new();
    for n in 0..7 {
        let email = format!("mallory{n}@example.com");
        person(&app, &email).await;
        let browser = app.browser(&email).await;
        for _ in 0..10 {
            statuses.push(browser.enter("BCDF-GHJK").await.status);
        }
    }
    assert_eq!(statuses.iter().position(|status| *status == 429), Some(60));
    assert_eq!(app.browser(CUSTOMER).await.enter(&begun.user_code).await.status, 429);
}

/// Somebody who owns an application cannot buy guesses with codes of their own.
#[tokio::test]
async fn right_codes_buy_no_guesses() {
    let app = TestApp::sqlite().await;
    let devices = devices(&app).await;
    let browser = app.browser(CUSTOMER).await;
    let own = devices.begin(&app, EVERYTHING).await.user_code;
    let mut guesses = 0;
    while guesses < 200 && browser.enter("BCDF-GHJK").await.status == 422 {
        guesses += 1;
        browser.enter(&own).await;
    }
    assert_eq!(guesses, 20, "the account has a limit of its own");
}

#[tokio::test]
async fn devices_that_begin_are_counted() {
    let app = TestApp::sqlite().await;
    let world = crate::support::world::World::new(&app).await;
    let devices = crate::support::device::Devices::new(&app, &world).await;
    let other = crate::support::device::Devices::another(&app, &world).await;
    for n in 0..60 {
        assert_eq!(devices.ask_to_begin(&app, &[]).await.0, 200, "{n}");
    }
    let (status, answer) = devices.ask_to_begin(&app, &[]).await;
    assert_eq!((status, answer["error"].as_str()), (429, Some("slow_down")), "{answer}");
    assert_eq!(other.ask_to_begin(&app, &[]).await.0, 200, "another application is not concerned");
    app.advance(Duration::from_secs(600));
    assert_eq!(devices.ask_to_begin(&app, &[]).await.0, 200);
}
