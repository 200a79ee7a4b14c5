//! Errors as `application/problem+json` (RFC 9457), with the `WWW-Authenticate` challenge of RFC 6750 §3 where a token
//! is missing or not good enough.
//!
//! One body for the gate, the Results API and the management API. What a caller sent appears in it only as a JSON
//! string, never in a header, and the answer can be neither stored nor sniffed into another type.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use gatehouse_core::id::RequestId;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;

/// Header of every answer that names the request in our logs.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// An error as the caller sees it.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldProblem>,
    headers: HeaderMap,
}

/// What is wrong with one parameter or field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The parameter or field as the caller spells it.
    pub field: Cow<'static, str>,
    /// A stable word for programs, `snake_case`.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub message: Cow<'static, str>,
}

/// What a `WWW-Authenticate: Bearer` header says. Texts must be fixed ones: they stand unescaped in a header.
#[derive(Clone, Copy, Debug, Default)]
pub struct Challenge<'a> {
    /// The protected thing, such as an API's slug.
    pub realm: &'a str,
    /// `invalid_request`, `invalid_token` or `insufficient_scope`; none when no token was sent (RFC 6750 §3.1).
    pub error: Option<&'static str>,
    /// The error in words.
    pub description: Option<&'static str>,
    /// Scopes that would do, space-separated.
    pub scope: Option<&'a str>,
}

/// Where errors are explained: an address of the portal, also for an API on another host. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPages(Arc<str>);

impl ErrorPages {
    /// Of the portal at this base address, without a slash at its end.
    pub fn of(portal_url: &str) -> Self {
        Self(format!("{portal_url}/docs/errors/").into())
    }

    fn of_code(&self, code: &str) -> String {
        [&self.0, code].concat()
    }
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(rename = "requestId")]
    request_id: RequestId,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
}

impl Problem {
    /// `code`: a stable word for programs, `snake_case`; `detail`: for people, what is wrong and what to do. The title
    /// is that of the status.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { status, code, title, detail: detail.into(), errors: Vec::new(), headers: HeaderMap::new() }
    }

    /// Whatever went wrong is ours; the log line with the same request id says what.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "Something went wrong on our side. Try again, and quote the requestId when you ask us about it.",
        )
    }

    /// Nothing is there, or nothing for this caller: the two are not told apart.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// Another title than that of the status: the same for every occurrence of the code.
    #[must_use]
    pub fn titled(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// Names the parameters or fields at fault.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldProblem>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds `WWW-Authenticate`.
    #[must_use]
    pub fn with_challenge(self, challenge: Challenge<'_>) -> Self {
        self.with_header(WWW_AUTHENTICATE, &challenge.to_text())
    }

    /// Adds `Retry-After` in seconds.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, &seconds.to_string())
    }

    /// Adds `Allow` (RFC 9110 §15.5.6 wants it on 405).
    #[must_use]
    pub fn with_allow(self, methods: &str) -> Self {
        self.with_header(ALLOW, methods)
    }

    /// A header of our own text; one that cannot stand in a header is left out.
    fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable word.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The answer, with `x-request-id`.
    pub fn into_response(self, request_id: RequestId, pages: &ErrorPages) -> Response<Body> {
        let body = ProblemBody {
            r#type: pages.of_code(self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
        };
        // Plain strings and numbers always serialize; an empty body would still carry the status.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = self.headers;
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        headers.insert(CACHE_CONTROL, NO_STORE);
        headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.insert(X_REQUEST_ID, request_id_value(request_id));
        response
    }
}

impl FieldProblem {
    /// One field.
    pub fn new(field: impl Into<Cow<'static, str>>, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

impl Challenge<'_> {
    fn to_text(self) -> String {
        let mut out = format!("Bearer realm=\"{}\"", quotable(self.realm));
        for (name, value) in [("error", self.error), ("error_description", self.description), ("scope", self.scope)] {
            if let Some(value) = value {
                out.push_str(&format!(", {name}=\"{}\"", quotable(value)));
            }
        }
        out
    }
}

/// The request id as a header value.
pub fn request_id_value(id: RequestId) -> HeaderValue {
    HeaderValue::from_bytes(&id.text()).unwrap_or(HeaderValue::from_static("-"))
}

/// Only what RFC 6750 §3 allows between quotation marks; anything else becomes `?`.
fn quotable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' ' | '!' | '#'..='[' | ']'..='~') { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;
    use gatehouse_core::time::Timestamp;
    use http_body_util::BodyExt;

    use super::*;

    fn id() -> RequestId {
        RequestId::new(Timestamp::from_secs(1_795_345_500), &SeededRandom::new(7))
    }

    async fn parts(problem: Problem) -> (HeaderMap, String) {
        let (parts, body) = problem.into_response(id(), &ErrorPages::of("https://portal.example")).into_parts();
        let body = body.collect().await.expect("body").to_bytes();
        (parts.headers, String::from_utf8(body.to_vec()).expect("UTF-8"))
    }

    #[tokio::test]
    async fn says_what_rfc_9457_wants() {
        let (headers, body) = parts(
            Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "testId must be a UUID.")
                .with_errors(vec![FieldProblem::new("testId", "invalid", "must be a UUID")]),
        )
        .await;
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[X_REQUEST_ID], id().to_string().as_str());
        assert_eq!(
            body,
            format!(
                r#"{{"type":"https://portal.example/docs/errors/invalid_request","title":"Bad Request","status":400,"detail":"testId must be a UUID.","code":"invalid_request","requestId":"{}","errors":[{{"field":"testId","code":"invalid","message":"must be a UUID"}}]}}"#,
                id()
            )
        );
    }

    #[tokio::test]
    async fn challenges_as_rfc_6750_wants() {
        let bare = Challenge { realm: "results", ..Challenge::default() };
        assert_eq!(bare.to_text(), r#"Bearer realm="results""#);
        let full = Challenge {
            realm: "results",
            error: Some("insufficient_scope"),
            description: Some("The token lacks a scope."),
            scope: Some("studies:read"),
        };
        let (headers, _) =
            parts(Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", "…").with_challenge(full)).await;
        assert_eq!(
            headers[WWW_AUTHENTICATE],
            r#"Bearer realm="results", error="insufficient_scope", error_description="The token lacks a scope.", scope="studies:read""#
        );
    }

    #[tokio::test]
    async fn nothing_breaks_out_of_body_or_header() {
        let evil = "\"</script>\r\nSet-Cookie: a=b\0é\\";
        let challenge = Challenge { realm: evil, ..Challenge::default() };
        let (headers, body) = parts(Problem::not_found(evil.to_owned()).with_challenge(challenge)).await;
        assert_eq!(headers[WWW_AUTHENTICATE], r#"Bearer realm="?</script>??Set-Cookie: a=b???""#);
        assert!(headers.get(http::header::SET_COOKIE).is_none());
        let read: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(read["detail"], evil);
        assert!(!body.contains('\n') && !body.contains('\0'));
    }

    #[tokio::test]
    async fn carries_allow_and_retry_after() {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "quota_exceeded", "…").with_retry_after(17);
        let (headers, _) = parts(problem.with_allow("GET, HEAD")).await;
        assert_eq!(headers[RETRY_AFTER], "17");
        assert_eq!(headers[ALLOW], "GET, HEAD");
    }
}
