//! Requests inside requests: whatever one server in front might take for a body must not become a second request here.

use super::raw::{address, exchange};
use super::world::{FAST, TEST, World};
use crate::support::TestApp;

/// Number of answers in what came back.
fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn ambiguous_lengths_are_refused() {
    let app = TestApp::sqlite().await;
    let token = World::new(&app).await.token(FAST);
    let good =
        format!("GET /v2/sessionResults?testId={TEST} HTTP/1.1\r\nhost: {}\r\ntoken: {token}\r\n", address(&app));
    let hidden = format!("{good}connection: close\r\n\r\n");
    let length = hidden.len();
    for (name, lines, body) in [
        ("two lengths", format!("content-length: {length}\r\ncontent-length: 0\r\n"), hidden.as_str()),
        ("lengths in a list", format!("content-length: {length}, 0\r\n"), &hidden),
        ("signed length", format!("content-length: +{length}\r\n"), &hidden),
        ("hexadecimal length", "content-length: 0x10\r\n".to_owned(), &hidden),
        ("negative length", "content-length: -1\r\n".to_owned(), &hidden),
        ("unknown coding", "transfer-encoding: xchunked\r\n".to_owned(), &hidden),
        ("chunked is not last", "transfer-encoding: chunked, identity\r\n".to_owned(), &hidden),
        ("blank before the colon", format!("content-length : {length}\r\n"), &hidden),
        ("folded line", format!("x: 1\r\n content-length: {length}\r\n"), &hidden),
        ("NUL in a header", "x: a\0b\r\n".to_owned(), &hidden),
        ("a bare CR", "x: a\rtransfer-encoding: chunked\r\n".to_owned(), &hidden),
        ("not a header", "x\r\n".to_owned(), &hidden),
    ] {
        let text = exchange(&app, format!("{good}{lines}\r\n{body}").as_bytes()).await;
        assert_eq!(answers(&text), 1, "{name}: {text}");
        assert!(text.starts_with("HTTP/1.1 400 "), "{name}: {text}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_no_request() {
    let app = TestApp::sqlite().await;
    let token = World::new(&app).await.token(FAST);
    let good =
        format!("GET /v2/sessionResults?testId={TEST} HTTP/1.1\r\nhost: {}\r\ntoken: {token}\r\n", address(&app));
    let hidden = "GET /v2/hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    let last = "GET /v2/last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let length = format!("content-length: {}\r\n\r\n{hidden}", hidden.len());
    let chunked = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    // Where both stand, the coding counts (RFC 9112 §6.3) and the connection ends.
    let both = format!("content-length: 5\r\n{chunked}");
    for (name, rest) in [("length", length), ("chunked", chunked), ("both", both)] {
        let text = exchange(&app, format!("{good}{rest}{last}").as_bytes()).await;
        let found: Vec<&str> = text.lines().filter_map(|line| line.split("HTTP/1.1 ").nth(1)).collect();
        assert!(matches!(found[..], ["200 OK"] | ["200 OK", "404 Not Found"] | ["400 Bad Request"]), "{name}: {text}");
    }
    app.stop().await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let app = TestApp::sqlite().await;
    World::new(&app).await;
    let start = format!("GET /v2/sessionResults HTTP/1.1\r\nhost: {}\r\n", address(&app));
    let long_header = format!("{start}x: {}\r\n\r\n", "a".repeat(200_000));
    let many_headers = format!("{start}{}\r\n", "x: a\r\n".repeat(500));
    let long_line = format!("GET /v2/{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000));
    for (name, request) in [("header", long_header), ("headers", many_headers), ("line", long_line)] {
        let text = exchange(&app, request.as_bytes()).await;
        let refused = ["HTTP/1.1 431 ", "HTTP/1.1 414 ", "HTTP/1.1 400 "].iter().any(|line| text.starts_with(line));
        assert!(refused && answers(&text) == 1, "{name}: {text}");
    }
    assert_eq!(app.get("/v2/sessionResults").await.status(), 401, "and it goes on");
    app.stop().await;
}
