//! What every answer has, and what nobody may hold open.

use std::time::Duration;

use gatehouse_server::essentials;
use gatehouse_server::serve::Limits;
use gatehouse_store::testing::TestDb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn answers_carry_a_request_id_and_headers_for_browsers() {
    on_each_engine(async |app: &TestApp| {
        let page = app.get("/").await;
        assert_eq!(page.status(), 200);
        let headers = page.headers();
        assert!(headers["x-request-id"].to_str().expect("text").starts_with("rid_"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "same-origin");
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(!headers.contains_key("strict-transport-security"), "only where browsers use https");
    })
    .await;
}

#[tokio::test]
async fn unknown_addresses_answer_in_the_reader_s_language() {
    let app = TestApp::sqlite().await;
    let program = app.get("/<script>").await;
    assert_eq!(program.status(), 404);
    assert_eq!(program.headers()["content-type"], "application/problem+json");
    let body: serde_json::Value = program.json().await.expect("JSON");
    assert_eq!(body["code"], "not_found");
    assert!(!body.to_string().contains("script"));
    let browser =
        app.request("GET", "/nothing").header("accept", "text/html,*/*;q=0.8").send().await.expect("an answer");
    assert_eq!(
        (browser.status().as_u16(), &browser.headers()["content-type"]),
        (404, &"text/html; charset=utf-8".parse().expect("a value"))
    );
    assert!(browser.text().await.expect("text").contains("Page not found"));
}

#[tokio::test]
async fn the_operator_s_listener_is_another_one() {
    on_each_engine(async |app: &TestApp| {
        assert_eq!(app.get("/metrics").await.status(), 404);
        assert_eq!(app.get_operator("/healthz").await.text().await.expect("text"), "ok\n");
        assert_eq!(app.get_operator("/readyz").await.status(), 200);
        let metrics = app.get_operator("/metrics").await.text().await.expect("text");
        assert!(metrics.contains("\ngatehouse_database_statements_total{kind=\"read\"} "), "{metrics}");
        assert_eq!(app.get_operator("/").await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn hosts_of_their_own_answer_their_part_only() {
    let hosts = ["portal.localhost", "auth.localhost", "api.localhost"];
    let app = TestApp::start_at(TestDb::sqlite().await, Limits::default(), hosts).await;
    with_default_server(&app).await;
    let port = app.base.rsplit(':').next().expect("a port");
    let keys = "/oauth2/default/v1/keys";
    let call = "/v2/sessionResults";
    for (host, path, status) in [
        ("portal.localhost", "/", 200),
        ("portal.localhost", "/manage/v1/openapi.json", 200),
        ("portal.localhost", "/assets/gatehouse.css", 200),
        ("portal.localhost", keys, 404),
        ("portal.localhost", call, 404),
        ("AUTH.localhost", keys, 200),
        ("auth.localhost", "/assets/gatehouse.css", 200),
        ("auth.localhost", "/", 404),
        ("auth.localhost", "/manage/v1/openapi.json", 404),
        ("auth.localhost", call, 404),
        ("api.localhost", call, 401),
        ("api.localhost", "/", 404),
        ("api.localhost", keys, 404),
        ("api.localhost", "/manage/v1/openapi.json", 404),
        ("elsewhere.localhost", "/", 421),
        ("portal.localhost.elsewhere", "/", 421),
    ] {
        let answer = app.request("GET", path).header("host", format!("{host}:{port}")).send().await;
        assert_eq!(answer.expect("an answer").status(), status, "{host}{path}");
    }
}

/// Whatever host refuses, the address of the explanation is the portal's, and leads to a heading.
#[tokio::test]
async fn errors_lead_to_the_portal() {
    let hosts = ["portal.localhost", "auth.localhost", "api.localhost"];
    let app = TestApp::start_at(TestDb::sqlite().await, Limits::default(), hosts).await;
    World::new(&app).await;
    let port = app.base.rsplit(':').next().expect("a port");
    for (host, path, code) in [
        ("api.localhost", "/v2/sessionResults", "missing_token"),
        ("api.localhost", "/nothing", "not_found"),
        ("auth.localhost", "/nothing", "not_found"),
        ("elsewhere.localhost", "/", "misdirected"),
        ("portal.localhost", "/manage/v1/users", "unauthenticated"),
    ] {
        let answer = app.request("GET", path).header("host", format!("{host}:{port}")).send().await;
        let body: serde_json::Value = answer.expect("an answer").json().await.expect("JSON");
        assert_eq!(body["type"], format!("http://portal.localhost:{port}/docs/errors/{code}"), "{host}{path}");
        let portal = format!("portal.localhost:{port}");
        let ask = async |path: &str| app.request("GET", path).header("host", &portal).send().await.expect("an answer");
        let moved = ask(&format!("/docs/errors/{code}")).await;
        assert_eq!(moved.headers()["location"], format!("/docs/errors#{code}"));
        let page = ask("/docs/errors").await;
        assert!(page.text().await.expect("a page").contains(&format!("id=\"{code}\"")), "{code}");
    }
}

#[tokio::test]
async fn readiness_ends_with_the_drain() {
    let app = TestApp::sqlite().await;
    app.state.draining.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = app.get_operator("/readyz").await;
    assert_eq!((answer.status().as_u16(), answer.text().await.expect("text").as_str()), (503, "draining\n"));
}

#[tokio::test]
async fn malformed_heads_are_refused() {
    let app = TestApp::sqlite().await;
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "a".repeat(200 * 1024));
    for (name, head, status) in [
        ("too many headers", format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"), "431"),
        ("too long headers", format!("GET / HTTP/1.1\r\nhost: a\r\n{long}\r\n"), "431"),
        ("a NUL in a header", "GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n".to_owned(), "400"),
        ("no HTTP", "hello\r\n\r\n".to_owned(), "400"),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_owned(),
            "400",
        ),
        ("no host", "GET / HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned(), "400"),
        ("two hosts", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n".to_owned(), "400"),
        ("a bad length", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = raw(&app, head.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
    }
    assert_eq!(app.get("/").await.status(), 200);
}

#[tokio::test]
async fn silent_and_slow_clients_are_cut() {
    let limits = Limits { header_read: Duration::from_millis(100), ..Limits::default() };
    let app = TestApp::start_with(TestDb::sqlite().await, limits).await;
    for sent in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost: a\r\n"] {
        assert_eq!(raw(&app, sent.as_bytes()).await, "", "{sent:?}");
    }
    assert_eq!(app.get("/").await.status(), 200);
}

#[tokio::test]
async fn a_body_of_100_mb_is_refused_wherever_it_goes() {
    let app = TestApp::sqlite().await;
    for path in ["/oauth2/default/v1/token", "/manage/v1/users", "/v2/sessionResults", "/", "/nothing", "/set-up/x"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: 100000000\r\nconnection: close\r\n\r\n"
        );
        let answer = flood(&app, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(answer.contains("\r\nx-request-id: rid_"), "{path}: {answer}");
    }
    assert_eq!(app.get("/").await.status(), 200);
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut() {
    let limits = Limits { body_read: Duration::from_millis(200), ..Limits::default() };
    let app = TestApp::start_with(TestDb::sqlite().await, limits).await;
    with_default_server(&app).await;
    let head = "POST /oauth2/default/v1/token HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\
                content-type: application/x-www-form-urlencoded\r\n\r\ngrant_type=";
    let answer = raw(&app, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("came too slowly"), "{answer}");
}

#[tokio::test]
async fn requests_under_way_finish_at_the_end() {
    let app = TestApp::sqlite().await;
    with_default_server(&app).await;
    let address = app.base.strip_prefix("http://").expect("http").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("connected");
    let head = "POST /oauth2/default/v1/token HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\
                content-type: application/x-www-form-urlencoded\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    // A second answer on another connection shows that the first request has arrived.
    assert_eq!(app.get("/").await.status(), 200);
    let stopping = tokio::spawn(app.stop());
    stream.write_all(b"a=b&c").await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read");
    let answer = String::from_utf8(answer).expect("UTF-8");
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("grant_type is missing"), "{answer}");
    stopping.await.expect("it stopped");
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}

/// Browsers open connections ahead of what they may ask.
#[tokio::test]
async fn connections_without_a_request_hold_up_no_stop() {
    let app = TestApp::sqlite().await;
    let address = app.base.strip_prefix("http://").expect("http").to_owned();
    let mut silent = TcpStream::connect(&address).await.expect("connected");
    let mut undecided = TcpStream::connect(&address).await.expect("connected");
    undecided.write_all(b"PRI").await.expect("sent");
    // A second answer on another connection shows that these have been accepted.
    assert_eq!(app.get("/").await.status(), 200);
    tokio::time::timeout(Duration::from_secs(10), app.stop()).await.expect("half of the time that requests have");
    assert_eq!(silent.read(&mut [0; 1]).await.expect("closed in order"), 0);
}

async fn with_default_server(app: &TestApp) {
    essentials::ensure(app.ctx(), &TestApp::actor()).await.expect("made");
    app.poll_changes_now().await;
}

/// Sends a head and then a body until the server has had enough, reads what it says.
async fn flood(app: &TestApp, head: &[u8]) -> String {
    let address = app.base.strip_prefix("http://").expect("http");
    let (mut reader, mut writer) = TcpStream::connect(address).await.expect("connected").into_split();
    let head = head.to_vec();
    let sending = tokio::spawn(async move {
        writer.write_all(&head).await?;
        let chunk = vec![b'a'; 64 * 1024];
        for _ in 0..100_000_000 / chunk.len() {
            writer.write_all(&chunk).await?;
        }
        std::io::Result::Ok(())
    });
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(20), reader.read(&mut answer)).await;
    let length = read.expect("it answers in time").expect("it answers");
    sending.abort();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Sends bytes, reads until the server closes.
async fn raw(app: &TestApp, bytes: &[u8]) -> String {
    let address = app.base.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await.expect("connected");
    // The server may answer and close before it has read everything.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    drop(tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.expect("it is closed"));
    String::from_utf8_lossy(&answer).into_owned()
}
