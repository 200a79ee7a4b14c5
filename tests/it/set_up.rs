//! `/set-up/{token}`: the first admin.

use std::time::Duration;

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::{Role, User};
use gatehouse_server::actions::set_up::{PATH, create_link};
use gatehouse_server::actions::users;
use reqwest::Response;
use reqwest::header::HeaderMap;

use crate::support::{TestApp, on_each_engine};

const GOOD: &str = "name=Ann+Lee&email=ann%40example.com&password=four+unrelated+words";

async fn link(app: &TestApp) -> String {
    let token = create_link(app.ctx(), &TestApp::actor()).await.expect("made").expect("no admin yet");
    format!("{PATH}{}", token.expose())
}

async fn send(app: &TestApp, path: &str, body: &str) -> Response {
    let request = app.request("POST", path).header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(body.to_owned()).send().await.expect("an answer")
}

async fn people(app: &TestApp) -> Vec<User> {
    users::list(app.ctx(), String::new(), 100).await.expect("read")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn makes_the_first_admin_once() {
    on_each_engine(async |app: &TestApp| {
        let path = link(app).await;
        for _ in 0..3 {
            let page = app.get(&path).await;
            assert_eq!((page.status().as_u16(), header(page.headers(), "cache-control")), (200, "no-store"));
            let policy = header(page.headers(), "content-security-policy").to_owned();
            assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{policy}");
            let html = page.text().await.expect("text");
            assert!(html.contains("Create admin account") && !html.contains("<script>"), "looking uses nothing up");
        }
        let made = send(app, &path, GOOD).await;
        assert_eq!((made.status().as_u16(), header(made.headers(), "location")), (303, "/set-up/done"));
        assert!(app.get("/set-up/done").await.text().await.expect("text").contains("Gatehouse is set up"));

        let found = people(app).await;
        assert_eq!(found.len(), 1);
        assert!(found[0].role == Role::Admin && found[0].is_verified() && found[0].is_active());

        for page in [app.get(&path).await, send(app, &path, GOOD).await] {
            assert_eq!(page.status(), 410);
            assert!(page.text().await.expect("text").contains("does not work"));
        }
        assert!(create_link(app.ctx(), &TestApp::actor()).await.expect("read").is_none(), "there is an admin");
        assert_eq!(people(app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_error_keeps_what_was_typed_but_the_password() {
    let app = TestApp::sqlite().await;
    let path = link(&app).await;
    let body = "name=%22%3E%3Cscript%3E&email=ann%40nowhere&password=password123";
    let page = send(&app, &path, body).await;
    assert_eq!((page.status().as_u16(), header(page.headers(), "cache-control")), (422, "no-store"));
    let html = page.text().await.expect("text");
    assert!(html.contains("value=\"&#34;&#62;&#60;script&#62;\""), "{html}");
    assert!(html.contains("value=\"ann@nowhere\"") && html.contains("href=\"#email\""));
    assert!(html.contains("among the first that attackers try"), "every field is checked at once");
    assert!(html.contains("<title>Error: ") && html.contains("aria-invalid=\"true\""));
    assert!(!html.contains("password123") && !html.contains("<script>"));
    assert!(people(&app).await.is_empty());
    assert_eq!(send(&app, &path, GOOD).await.status(), 303, "the link still works");
}

#[tokio::test]
async fn a_taken_address_leaves_the_link() {
    on_each_engine(async |app: &TestApp| {
        let input = users::NewUser {
            email: "ann@example.com".to_owned(),
            name: "Ann".to_owned(),
            role: None,
            password: None,
            email_verified: false,
            time_zone: None,
        };
        users::create(app.ctx(), &TestApp::actor(), input).await.expect("made");
        let path = link(app).await;
        let page = send(app, &path, GOOD).await;
        assert_eq!(page.status(), 422);
        assert!(page.text().await.expect("text").contains("Another user has this address"));
        assert_eq!(send(app, &path, &GOOD.replace("ann%40", "bob%40")).await.status(), 303);
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_and_is_replaced() {
    on_each_engine(async |app: &TestApp| {
        let first = link(app).await;
        let second = link(app).await;
        assert_eq!(send(app, &first, GOOD).await.status(), 410, "replaced");
        app.advance(Duration::from_secs(24 * 3_600));
        assert_eq!(app.get(&second).await.status(), 410, "over");
        assert_eq!(send(app, &second, GOOD).await.status(), 410);
        for wrong in ["x", "gh_ol_", "..%2f..", "%00", "%ff"] {
            let status = app.get(&format!("{PATH}{wrong}")).await.status().as_u16();
            assert!(matches!(status, 400 | 404 | 410), "{wrong}: {status}");
        }
        let mut changed = link(app).await;
        changed.pop();
        assert_eq!(send(app, &changed, GOOD).await.status(), 410);
        assert!(people(app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn forms_of_others_are_refused() {
    let app = TestApp::sqlite().await;
    let path = link(&app).await;
    let cases: &[&[(&str, &str)]] = &[
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site"), ("origin", &app.base)],
    ];
    for headers in cases {
        let mut request = app.request("POST", &path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        assert_eq!(request.body(GOOD).send().await.expect("an answer").status(), 403, "{headers:?}");
    }
    let bodies = [
        (format!("{GOOD}&role=admin"), 400),
        (format!("{GOOD}&name=Bob"), 400),
        ("name=%ff".to_owned(), 400),
        ("name=%00".to_owned(), 400),
        (format!("name={}", "x".repeat(70_000)), 413),
    ];
    for (body, status) in bodies {
        assert_eq!(send(&app, &path, &body).await.status(), status, "{body:.60}");
    }
    let json = app.request("POST", &path).header("sec-fetch-site", "same-origin").json(&"x");
    assert_eq!(json.send().await.expect("an answer").status(), 415);
    assert!(people(&app).await.is_empty());
    let ours = app.request("POST", &path).header("origin", &app.base);
    let ours = ours.header("content-type", "application/x-www-form-urlencoded").body(GOOD);
    assert_eq!(ours.send().await.expect("an answer").status(), 303, "nothing was used up");
}

#[tokio::test]
async fn fifty_at_once_make_one_admin() {
    on_each_engine(async |app: &TestApp| {
        let path = link(app).await;
        let url = format!("{}{path}", app.base);
        let tasks: Vec<_> = (0..50)
            .map(|at| {
                let request = crate::support::http()
                    .post(&url)
                    .header("sec-fetch-site", "same-origin")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(format!("name=A&email=a{at}%40example.com&password=four+unrelated+words"));
                tokio::spawn(async move { request.send().await.expect("an answer").status().as_u16() })
            })
            .collect();
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("runs"));
        }
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 49, "{statuses:?}");
        let ids: Vec<UserId> = people(app).await.iter().map(|user| user.id).collect();
        assert_eq!(ids.len(), 1);
    })
    .await;
}
