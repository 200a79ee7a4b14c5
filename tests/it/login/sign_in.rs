//! Signing up, in and out as people do.

use std::time::Duration;

use super::{PASSWORD, mailed_link, person};
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn from_sign_up_to_sign_out() {
    on_each_engine(async |app: &TestApp| {
        let browser = Browser::new(app);
        let fields =
            [("name", "Ann Lee"), ("email", "ann@example.com"), ("password", PASSWORD), ("time_zone", "Asia/Tokyo")];
        assert!(browser.get("/sign-up").await.html.contains("name=\"time_zone\""));
        let sent = browser.post("/sign-up", &fields).await;
        assert_eq!((sent.status, sent.location.as_str()), (303, "/sign-up/check-mail"));
        let check = browser.get("/sign-up/check-mail").await.html;
        let folder = app.state.config.mail.folder.display().to_string();
        assert!(check.contains("Check your mail") && check.contains(&folder), "whoever tries it out finds the file");
        assert_eq!(browser.cookie("gatehouse"), "", "signing up signs nobody in");

        let link = mailed_link(app, "/verify-email/").await;
        let early = browser.sign_in("ann@example.com", PASSWORD).await;
        assert_eq!((early.status, early.location.as_str()), (303, "/verify-email"), "told to verify first");
        let told = browser.get("/verify-email").await.html;
        assert!(told.contains("ann@example.com") && told.contains("Send another mail"), "{told}");
        // Ids of the same millisecond have no order.
        app.advance(Duration::from_secs(1));
        assert_eq!(browser.post("/verify-email", &[]).await.location, "/verify-email?done=sent");
        let newest = mailed_link(app, "/verify-email/").await;
        assert_eq!(browser.get(&link).await.status, 410, "a newer one has replaced it");
        for _ in 0..3 {
            assert_eq!(browser.get(&newest).await.status, 200, "looking uses nothing up");
        }
        assert_eq!(browser.post(&newest, &[]).await.location, "/?done=verified");
        let welcome = browser.get("/?done=verified").await.html;
        assert!(welcome.contains("Your e-mail address is verified.") && welcome.contains("Choose an API to begin"));
        let again = browser.post(&newest, &[]).await;
        assert!(again.status == 410 && again.html.contains("Your address is verified: go on"), "once: {}", again.html);

        let page = browser.get("/profile").await;
        assert_eq!((page.status, &page.headers["cache-control"]), (200, &"no-store".parse().expect("a value")));
        assert!(page.html.contains("Ann Lee") && page.html.contains("Asia/Tokyo"));
        let out = browser.post("/sign-out", &[]).await;
        assert_eq!((out.status, out.location.as_str()), (303, "/sign-in?done=signed-out"));
        assert_eq!(browser.cookie("gatehouse"), "");
        assert_eq!(browser.get("/profile").await.location, "/sign-in?return_to=/profile");
    })
    .await;
}

#[tokio::test]
async fn comes_back_to_where_the_reader_was() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    for (wanted, expected) in [
        ("/profile?x=1&y=//z", "/profile?x=1&amp;y=//z"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/..//evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
    ] {
        let browser = Browser::new(&app);
        let encoded: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        let page = browser.get(&format!("/sign-in?return_to={encoded}")).await;
        assert_eq!(page.field("return_to").replace("&#38;", "&amp;"), expected, "{wanted:?}");
        let token = page.field("token");
        let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("return_to", wanted), ("token", &token)];
        let signed_in = browser.post("/sign-in", &fields).await;
        assert_eq!((signed_in.status, signed_in.location), (303, expected.replace("&amp;", "&")), "{wanted:?}");
        let again = browser.get(&format!("/sign-in?return_to={encoded}")).await;
        assert_eq!((again.status, again.location), (303, expected.replace("&amp;", "&")), "signed in already");
    }
}

#[tokio::test]
async fn an_error_keeps_what_was_typed_but_the_password() {
    let app = TestApp::sqlite().await;
    let browser = Browser::new(&app);
    let fields = [("name", "\"><script>"), ("email", "ann@nowhere"), ("password", "password123"), ("time_zone", "x")];
    let page = browser.post("/sign-up", &fields).await;
    assert_eq!(page.status, 422);
    for part in ["<title>Error: ", "value=\"ann@nowhere\"", "href=\"#email\"", "among the first that attackers try"] {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    assert!(!page.html.contains("password123") && !page.html.contains("<script>"));
    let page = browser.sign_in("ann@example.com", "wrong password").await;
    assert!(page.status == 422 && page.html.contains("value=\"ann@example.com\""));
    assert!(!page.html.contains("wrong password"));
}

#[tokio::test]
async fn what_was_left_empty_is_named_beside_its_field() {
    let app = TestApp::sqlite().await;
    person(&app, "ann@example.com").await;
    let browser = Browser::new(&app);
    let (no_email, no_password) = ("Enter your e-mail address", "Enter your password");
    for (email, password, expected) in
        [("", "", [true, true]), (" ", PASSWORD, [true, false]), ("ann@example.com", "", [false, true])]
    {
        let page = browser.sign_in(email, password).await;
        assert_eq!(page.status, 422);
        assert_eq!([no_email, no_password].map(|message| page.html.contains(message)), expected, "{}", page.html);
        assert!(!page.html.contains("do not go together"));
    }
    for _ in 0..20 {
        browser.sign_in("ann@example.com", "").await;
    }
    assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.status, 303, "it was no attempt");
}
