//! Requests byte for byte: an HTTP client would repair the very faults that are tried here.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    /// A header's value, empty when it is not there.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("is ASCII"))
    }
}

/// Sends `METHOD TARGET` with header lines (each without its line end) on a connection of its own.
pub(super) async fn send(app: &TestApp, request: &str, headers: &[String]) -> Answer {
    let address = address(app);
    let mut text = format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for line in headers {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    parse(&exchange(app, text.as_bytes()).await)
}

/// `HOST:PORT`.
pub(super) fn address(app: &TestApp) -> &str {
    app.base.strip_prefix("http://").expect("plain HTTP")
}

/// Writes bytes as they are and reads until the server closes.
pub(super) async fn exchange(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address(app)).await.expect("connects");
    // The server may close before it has read everything: what it has answered counts.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("is UTF-8")
}

fn parse(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("has a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
    };
    let headers: HeaderMap = lines.map(|line| header(line).expect("is a header")).collect();
    assert!(!headers.contains_key("transfer-encoding"), "answers of known length are not chunked");
    Answer { status: status.parse().expect("is a status"), headers, body: body.to_owned() }
}
