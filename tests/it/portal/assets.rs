//! `/assets/{file}`: pages name what they load with its fingerprint.

use crate::support::TestApp;

#[tokio::test]
async fn what_a_page_loads_is_there_and_may_be_kept() {
    let app = TestApp::sqlite().await;
    let page = app.get("/docs/get-started").await.text().await.expect("text");
    let addresses: Vec<&str> = page.split(['"', '\'']).filter(|part| part.starts_with("/assets/")).collect();
    assert!(addresses.len() >= 4, "{addresses:?}");
    for address in addresses {
        let asset = app.get(address).await;
        assert_eq!(asset.status(), 200, "{address}");
        assert_eq!(asset.headers()["cache-control"], "public, max-age=31536000, immutable", "{address}");
        assert_eq!(asset.headers()["x-content-type-options"], "nosniff");
    }
    assert_eq!(app.get("/assets/none.css").await.status(), 404);
}

#[tokio::test]
async fn pages_run_our_script_and_nothing_inline() {
    let app = TestApp::sqlite().await;
    for path in ["/", "/apis", "/docs/get-started", "/set-up/done"] {
        let page = app.get(path).await;
        let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        let html = page.text().await.expect("text");
        assert!(!html.contains("<script>") && !html.contains(" style=") && !html.contains(" onclick="), "{path}");
    }
}
