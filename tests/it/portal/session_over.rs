//! A form that comes after its session has ended.

use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn nothing_typed_is_lost() {
    on_each_engine(async |app: &TestApp| {
        let browser = Browser::new(app);
        let fields = [("name", "<Ann> & \"Bob\""), ("time_zone", "Europe/Berlin"), ("current_password", "not kept")];
        let page = browser.post("/profile", &fields).await;
        assert_eq!(page.status, 401);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(page.html.contains("You were signed out"));
        assert!(!page.html.contains("href=\"/sign-up\""), "no way off in this tab: {}", page.html);
        assert!(page.html.contains(r#"<form method="post" action="/profile">"#), "{}", page.html);
        assert_eq!(page.field("name"), "&#60;Ann&#62; &#38; &#34;Bob&#34;");
        assert_eq!(page.field("time_zone"), "Europe/Berlin");
        assert!(!page.html.contains("not kept"), "a password does not go into a page");
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_site_is_not_kept() {
    on_each_engine(async |app: &TestApp| {
        let browser = Browser::new(app);
        let request = app.request("POST", "/profile").header("sec-fetch-site", "cross-site");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body("name=Evil");
        let page = browser.send(request).await;
        assert!(!page.html.contains("Evil"));
        assert!([303, 403].contains(&page.status), "{}", page.status);
        let page = browser.get("/profile?x=1").await;
        assert_eq!((page.status, page.location.as_str()), (303, "/sign-in?return_to=/profile%3Fx%3D1"));
    })
    .await;
}
