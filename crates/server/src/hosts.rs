//! Separate hosts for portal, authorization servers and gate: each answers its own addresses and nothing else, so that a
//! page that an upstream sends under the gate's host has no page of ours beside it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use gatehouse_core::id::RequestId;
use gatehouse_gate::problem::{ErrorPages, Problem};
use http::{StatusCode, header};
use tower::ServiceExt as _;

/// What answers at a base address.
pub(crate) struct Host {
    /// Without a slash at its end.
    pub(crate) base_url: String,
    /// Its table.
    pub(crate) router: Router,
}

/// Sends each request to the table of the host that it names. A single one answers whatever it is called: on one's own
/// machine `127.0.0.1` is as good a name as `localhost`.
pub(crate) fn by_host(mut hosts: Vec<Host>, pages: &ErrorPages) -> Router {
    if hosts.len() == 1 {
        return hosts.remove(0).router;
    }
    let hosts: Arc<[Host]> = hosts.into();
    let pages = pages.clone();
    Router::new().fallback(move |request: Request| answer(hosts.clone(), pages.clone(), request))
}

async fn answer(hosts: Arc<[Host]>, pages: ErrorPages, request: Request) -> Response {
    let Some(host) = named(&request).and_then(|name| hosts.iter().find(|host| is_at(&host.base_url, name))) else {
        return misdirected(&request, &pages);
    };
    host.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// Whether a request names the host of a base address.
pub(crate) fn is_for<B>(request: &http::Request<B>, base_url: &str) -> bool {
    named(request).is_some_and(|name| is_at(base_url, name))
}

/// HTTP/2 has it in the address, HTTP/1.1 in a header.
fn named<B>(request: &http::Request<B>) -> Option<&str> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    authority.or_else(|| request.headers().get(header::HOST)?.to_str().ok())
}

fn is_at(base_url: &str, name: &str) -> bool {
    let (scheme, authority) = base_url.split_once("://").unwrap_or_default();
    let usual_port = if scheme == "https" { ":443" } else { ":80" };
    authority.eq_ignore_ascii_case(name.strip_suffix(usual_port).unwrap_or(name))
}

fn misdirected(request: &Request, pages: &ErrorPages) -> Response {
    let detail = "This server does not answer for that host; its configuration lists those it answers for.";
    match request.extensions().get::<RequestId>() {
        Some(id) => Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", detail).into_response(*id, pages),
        None => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn hosts_are_compared_without_case_and_usual_port() {
        for (base, name, same) in [
            ("https://api.example.com", "api.example.com", true),
            ("https://api.example.com", "API.example.com:443", true),
            ("https://api.example.com", "api.example.com:80", false),
            ("https://api.example.com", "xapi.example.com", false),
            ("https://api.example.com:8443", "api.example.com:8443", true),
            ("https://api.example.com:8443", "api.example.com", false),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://[::1]:8080", "[::1]:8080", true),
        ] {
            assert_eq!(is_at(base, name), same, "{base} {name}");
        }
    }
}
