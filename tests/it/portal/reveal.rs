//! `/reveal/{token}`: shows a secret once, to whoever has the whole link; here nobody can read it.

use std::time::Duration;

use gatehouse_core::jose::{base64url, from_base64url};
use gatehouse_core::portal::link_key::LinkKey;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::secret::Secret;
use gatehouse_store::testing::dump;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::manage::Operator;
use crate::support::browser::{Browser, Page};
use crate::support::world::{Client, World};
use crate::support::{TestApp, http, on_each_engine};

const TABLES: &[&str] = &["client_secret_links", "client_secrets", "audit_events", "audit_personal", "outbox"];

/// A link to the secret of an application, as an operator's program makes it: its path, and its key.
async fn link(app: &TestApp, client: &Client) -> (String, LinkKey) {
    let random = SeededRandom::new(77);
    let key = LinkKey::draw(&random);
    let text = Secret::new(format!("CLIENT_ID={}\nCLIENT_SECRET={}", client.client_id, client.secret.expose()));
    let sealed = base64url(&key.seal(&text, &random).expect("seals"));
    let input = json!({ "secret_id": client.secret_id, "sealed": sealed });
    let links = format!("/applications/{}/secret_links", client.id);
    let made = Operator::new(app).await.done("POST", &links, input).await;
    assert_eq!((&made["state"], &made["secret_id"]), (&json!("open"), &json!(client.secret_id)));
    let url = made["url"].as_str().expect("an address");
    (url.strip_prefix(&app.base).expect("the portal's").to_owned(), key)
}

/// What the script and the command line read of an answer.
fn opened(page: &Page, key: &LinkKey) -> String {
    let answer: Value = serde_json::from_str(&page.html).expect("JSON");
    let sealed = from_base64url(answer["sealed"].as_str().expect("a text")).expect("base64url");
    key.open(&sealed).expect("opens").expose().to_owned()
}

async fn token(app: &TestApp, client_id: &str, secret: &str) -> u16 {
    let form = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
    app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn shows_a_secret_once_that_nobody_here_can_read() {
    on_each_engine(async |app: &TestApp| {
        let client = World::new(app).await.service;
        let (path, key) = link(app, &client).await;
        let stored = dump(&app.ctx().db, TABLES).await;
        for hidden in [client.secret.expose(), key.text().expose(), path.trim_start_matches("/reveal/")] {
            assert!(!stored.contains(hidden), "{stored}");
            assert!(!stored.contains(&format!("{:?}", hidden.as_bytes())), "nor as bytes: {stored}");
        }
        let raw = from_base64url(key.text().expose()).expect("base64url");
        assert!(!stored.contains(&format!("{raw:?}")), "nor the key itself: {stored}");

        let browser = Browser::new(app);
        for _ in 0..2 {
            let page = browser.get(&path).await;
            assert_eq!((page.status, page.headers["cache-control"].as_bytes()), (200, &b"no-store"[..]));
            assert_eq!(page.headers["referrer-policy"], "no-referrer");
            let policy = page.headers["content-security-policy"].to_str().expect("text");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert!(page.html.contains("gatehouse reveal") && !page.html.contains("<form"), "{}", page.html);
        }
        let page = browser.post(&path, &[]).await;
        assert_eq!((page.status, page.headers["cache-control"].as_bytes()), (200, &b"no-store"[..]));
        let text = opened(&page, &key);
        let secret = text.split_once("CLIENT_SECRET=").expect("a line").1;
        assert_eq!(token(app, &client.client_id, secret).await, 200);

        let (again, look) = (browser.post(&path, &[]).await, browser.get(&path).await);
        assert_eq!((again.status, look.status), (410, 410));
        assert_eq!(look.headers["referrer-policy"], "no-referrer");
        let answer: Value = serde_json::from_str(&page.html).expect("JSON");
        let sealed = from_base64url(answer["sealed"].as_str().expect("a text")).expect("base64url");
        assert!(stored.contains(&format!("{sealed:?}")), "it was there");
        assert!(!dump(&app.ctx().db, TABLES).await.contains(&format!("{sealed:?}")), "and is gone");
    })
    .await;
}

#[tokio::test]
async fn links_that_are_over_or_made_up_are_told_alike() {
    on_each_engine(async |app: &TestApp| {
        let client = World::new(app).await.service;
        let (path, _) = link(app, &client).await;
        let browser = Browser::new(app);
        let mut pages = Vec::new();
        for wrong in ["/reveal/x", "/reveal/gh_ol_nothing", &path[..path.len() - 1]] {
            pages.extend([browser.get(wrong).await, browser.post(wrong, &[]).await]);
        }
        assert_eq!(browser.get(&path).await.status, 200, "none of it used this one up");
        app.advance(Duration::from_secs(72 * 3_600));
        pages.extend([browser.get(&path).await, browser.post(&path, &[]).await]);
        for page in &pages {
            assert_eq!((page.status, &page.html), (410, &pages[0].html));
        }
        assert!(pages[0].html.contains("Ask whoever sent it"), "{}", pages[0].html);
        app.advance(Duration::from_secs(1));
        app.run_jobs_now().await;
        assert_eq!(dump(&app.ctx().db, &["client_secret_links"]).await, "client_secret_links: []\n");
    })
    .await;
}

#[tokio::test]
async fn requests_of_other_sites_use_nothing_up() {
    let app = TestApp::sqlite().await;
    let client = World::new(&app).await.service;
    let (path, key) = link(&app, &client).await;
    let browser = Browser::new(&app);
    for (name, value) in
        [("x-none", "1"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "none"), ("origin", "null")]
    {
        let form: [(&str, &str); 0] = [];
        let request = app.request("POST", &path).header(name, value).form(&form);
        assert_eq!(browser.send(request).await.status, 403, "{name}: {value}");
    }
    assert_eq!(browser.post(&path, &[("key", "x")]).await.status, 400);
    let json = app.request("POST", &path).header("sec-fetch-site", "same-origin").json(&json!({}));
    assert_eq!(browser.send(json).await.status, 415);
    assert!(opened(&browser.post(&path, &[]).await, &key).contains(client.secret.expose()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_at_once_sees_it() {
    on_each_engine(async |app: &TestApp| {
        let client = World::new(app).await.service;
        let (path, _) = link(app, &client).await;
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let form: [(&str, &str); 0] = [];
            let request =
                http().post(format!("{}{path}", app.base)).header("sec-fetch-site", "same-origin").form(&form);
            callers.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
        }
        let mut statuses = callers.join_all().await;
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (200, &[410; 49][..]));
        let listed = format!("/applications/{}/secret_links", client.id);
        let listed = Operator::new(app).await.done("GET", &listed, Value::Null).await;
        assert_eq!(listed["items"][0]["state"], "revealed");
        assert!(!listed.to_string().contains("gh_ol_"), "no address is listed: {listed}");
    })
    .await;
}
