//! `/manage/v1`

mod access_requests;
mod apis;
mod application_changes;
mod applications;
mod audit_events;
mod bodies;
mod keys;
mod organizations;
mod pages;
mod races;
mod servers;
mod users;
mod workspaces;

use gatehouse_server::actions::operator_keys::{self, NewOperatorKey};
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::TestApp;

/// Somebody with an operator key.
pub(crate) struct Operator<'a> {
    app: &'a TestApp,
    pub(crate) key: String,
}

impl<'a> Operator<'a> {
    /// With a new key.
    pub(crate) async fn new(app: &'a TestApp) -> Self {
        let input = NewOperatorKey { name: "test".to_owned() };
        let (_, secret) = operator_keys::create(app.ctx(), &TestApp::actor(), input).await.expect("a key");
        Self { app, key: secret.expose().to_owned() }
    }

    /// A request to build further.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.app.request(method, &format!("/manage/v1{path}")).bearer_auth(&self.key)
    }

    /// Sends JSON, and reads the answer's (null for none).
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.request(method, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        read(request.send().await.expect("an answer")).await
    }

    /// The answer of a call that must succeed.
    pub(crate) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    /// Status and code of a call that must fail.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.call(method, path, body).await;
        (status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// Status and JSON; an error must be a problem that names the request.
pub(crate) async fn read(response: reqwest::Response) -> (StatusCode, Value) {
    let (status, headers) = (response.status(), response.headers().clone());
    assert!(headers["x-request-id"].to_str().expect("text").starts_with("rid_"));
    assert_eq!(headers["cache-control"], "no-store");
    let text = response.text().await.expect("a body");
    let json: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
    if status.is_client_error() || status.is_server_error() {
        assert_eq!(headers["content-type"], "application/problem+json", "{text}");
        assert_eq!(json["requestId"], headers["x-request-id"].to_str().expect("text"));
        assert_eq!(json["status"], status.as_u16());
    }
    (status, json)
}
