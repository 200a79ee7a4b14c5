//! Protocol errors as HTTP (RFC 6749 §5.2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::error::{Challenge, OAuthError};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// The body of a refused protocol request.
#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: &'a str,
    error_uri: String,
    request_id: String,
}

/// The answer to another method than those that an endpoint takes (RFC 9110 §15.5.6).
pub fn method_not_allowed(text: &'static str, allow: &'static str, id: RequestId, portal_url: &str) -> Response {
    let mut response = response(&OAuthError::invalid_request(text).with_status(405), id, portal_url);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// The answer to a refused request. `portal_url` is the configured base address, without a slash at its end.
pub fn response(error: &OAuthError, request_id: RequestId, portal_url: &str) -> Response {
    let body = Body {
        error: error.code.as_str(),
        error_description: &error.description,
        error_uri: format!("{portal_url}/docs/oauth#{}", error.code),
        request_id: request_id.to_string(),
    };
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    let challenge = match error.challenge {
        Challenge::None => None,
        Challenge::Basic => Some(HeaderValue::from_static(r#"Basic realm="Gatehouse", charset="UTF-8""#)),
        Challenge::BearerAlone => Some(HeaderValue::from_static(r#"Bearer realm="Gatehouse""#)),
        // Code and description hold neither quotes nor backslashes.
        Challenge::Bearer => HeaderValue::try_from(format!(
            r#"Bearer realm="Gatehouse", error="{}", error_description="{}""#,
            error.code, error.description
        ))
        .ok(),
    };
    if let Some(challenge) = challenge {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = error.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
