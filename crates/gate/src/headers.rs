//! What of a request's head reaches an upstream, and what of its answer's head reaches the caller.
//!
//! Against identity headers that a caller makes up, also spelled with underscores, which some servers read as hyphens;
//! against hop-by-hop headers (RFC 9110 §7.6.1) that would desynchronise two servers; against an upstream that sets or
//! reads cookies of the origin it may share with the portal.

use std::borrow::Cow;

use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, HeaderName, PRAGMA, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

use crate::problem::X_REQUEST_ID;
use crate::quota::Standing;

/// Whether an upstream's pages would share the portal's origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// They would: answers are sandboxed.
    #[default]
    Shared,
    /// `api_url` is an origin of its own.
    Own,
}

/// Headers of one connection only (RFC 9110 §7.6.1).
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What a caller could use to seem somebody else, and the credentials themselves.
const NEVER_FORWARDED: &[&str] = &[
    "authorization",
    "cookie",
    "expect",
    "forwarded",
    "token",
    "true-client-ip",
    "x-client-ip",
    "x-original-url",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
];

/// Of these, whatever follows.
const NEVER_FORWARDED_PREFIXES: &[&str] = &["x-gatehouse-", "x-forwarded-", "x-ratelimit-"];

const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Strips a request on its way in.
pub(crate) fn clean_request(headers: &mut HeaderMap) {
    drop_hop_by_hop(headers);
    drop_where(headers, |name| {
        let canonical = with_hyphens(name.as_str());
        NEVER_FORWARDED.contains(&&*canonical)
            || NEVER_FORWARDED_PREFIXES.iter().any(|prefix| canonical.starts_with(prefix))
    });
}

/// The same for a request whose body is not sent on.
pub(crate) fn drop_body_headers(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
}

/// Strips an upstream's answer and adds what every answer of the gate carries.
pub(crate) fn clean_response(headers: &mut HeaderMap, origin: Origin) {
    drop_hop_by_hop(headers);
    headers.remove(SET_COOKIE);
    drop_where(headers, |name| name.as_str().starts_with("x-gatehouse-") || name.as_str().starts_with("x-ratelimit-"));
    // The answer depends on a header that shared caches do not know.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if origin == Origin::Shared {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    }
}

/// What answers and refusals carry alike.
pub(crate) fn finish(headers: &mut HeaderMap, request_id: HeaderValue, standing: Option<Standing>) {
    headers.insert(X_REQUEST_ID, request_id);
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(standing) = standing {
        headers.insert(RATE_LIMIT, standing.limit.into());
        headers.insert(RATE_REMAINING, standing.remaining.into());
        headers.insert(RATE_RESET, standing.reset.into());
    }
}

/// Also the headers that `Connection` names, but never one that a message cannot do without: naming those is an
/// attack, not a wish.
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| *name != HOST && *name != CONTENT_LENGTH)
        .collect();
    for name in HOP_BY_HOP {
        headers.remove(*name);
    }
    for name in named {
        headers.remove(name);
    }
}

/// As a server reads it that takes underscores for hyphens.
fn with_hyphens(name: &str) -> Cow<'_, str> {
    if name.contains('_') { Cow::Owned(name.replace('_', "-")) } else { Cow::Borrowed(name) }
}

/// Most requests hold nothing to drop, so nothing is allocated for them.
fn drop_where(headers: &mut HeaderMap, refused: impl Fn(&HeaderName) -> bool) {
    let names: Vec<HeaderName> = headers.keys().filter(|name| refused(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn requests_lose_credentials_and_claims() {
        let mut request = headers(&[
            ("host", "localhost"),
            ("accept", "*/*"),
            ("range", "bytes=0-1"),
            ("authorization", "Bearer a"),
            ("token", "a"),
            ("cookie", "session=a"),
            ("cookie", "b=c"),
            ("x-gatehouse-client-id", "evil"),
            ("x_gatehouse_client_id", "evil"),
            ("x-gatehouse_user", "evil"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x_forwarded_host", "evil"),
            ("forwarded", "for=127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
            ("x_real_ip", "127.0.0.1"),
            ("x-original-url", "/admin"),
            ("x-request-id", "rid_x"),
            ("connection", "close, X-Secret , accept-language"),
            ("connection", "host, content-length, x-more"),
            ("x-secret", "1"),
            ("x-more", "1"),
            ("accept-language", "de"),
            ("keep-alive", "5"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("proxy-authorization", "Basic a"),
            ("proxy-connection", "x"),
            ("expect", "100-continue"),
            ("content-length", "3"),
        ]);
        clean_request(&mut request);
        assert_eq!(names(&request), ["accept", "content-length", "host", "range"]);
        drop_body_headers(&mut request);
        assert_eq!(names(&request), ["accept", "host", "range"]);
    }

    #[test]
    fn answers_lose_cookies_and_gain_ours() {
        let mut response = headers(&[
            ("content-type", "application/json"),
            ("cache-control", "public, max-age=60"),
            ("set-cookie", "a=b"),
            ("set-cookie", "c=d"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("x-ratelimit-limit", "999999"),
            ("x-ratelimit-other", "1"),
            ("x-gatehouse-debug", "1"),
            ("content-security-policy", "script-src *"),
            ("x-request-id", "theirs"),
        ]);
        clean_response(&mut response, Origin::Shared);
        let standing = Standing { limit: 10, remaining: 9, reset: 60 };
        finish(&mut response, HeaderValue::from_static("rid_1"), Some(standing));
        let expected = headers(&[
            ("content-type", "application/json"),
            ("cache-control", "private, no-store"),
            ("pragma", "no-cache"),
            ("content-security-policy", "sandbox"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-request-id", "rid_1"),
            ("x-ratelimit-limit", "10"),
            ("x-ratelimit-remaining", "9"),
            ("x-ratelimit-reset", "60"),
        ]);
        assert_eq!(response, expected);
    }

    #[test]
    fn an_origin_of_its_own_needs_no_sandbox() {
        let mut response = headers(&[("content-security-policy", "default-src 'self'")]);
        clean_response(&mut response, Origin::Own);
        assert_eq!(response["content-security-policy"], "default-src 'self'");
    }
}
