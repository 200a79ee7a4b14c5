//! Separate hosts for portal, authorization servers and gate: each answers its own addresses and nothing else, so that a
//! page that an upstream sends under the gate's host has no page of ours beside it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use gatehouse_core::id::RequestId;
use gatehouse_gate::problem::{ErrorPages, Problem};
use http::{StatusCode, header};
use tower::ServiceExt as _;

use crate::portal::at::At;
use crate::state::{AppConfig, AppState};
use crate::{directory, gate, portal, routes};

/// What the public listener answers. Base addresses with hosts of their own each have only their part of the table.
pub fn public(app: &AppState) -> Router {
    let AppConfig { portal_url, issuer_url, api_url, .. } = &app.config;
    let base_urls = BTreeSet::from([portal_url, issuer_url, api_url]);
    let hosts = base_urls.into_iter().map(|base_url| {
        let mut router = Router::new().route("/assets/{file}", get(portal::assets::get));
        if base_url == portal_url {
            router = router.merge(as_pages(app, routes::portal(app)));
        }
        if base_url == issuer_url {
            router = router.merge(routes::issuers(app));
            if issuer_url != portal_url {
                router = router.merge(as_pages(app, routes::sign_in())).layer(Extension(At::new(issuer_url)));
            }
        }
        // /v2/…, /v3/…, /api/… and whatever the APIs of the catalogue answer at; the gate has a table of its own.
        router = if base_url == api_url { router.fallback(gate::any) } else { router.fallback(portal::not_found::any) };
        Host { base_url: base_url.clone(), router: router.with_state(app.clone()) }
    });
    by_host(hosts.collect(), &app.error_pages)
}

/// What stands around pages of signed-in people.
fn as_pages(app: &AppState, pages: Router<AppState>) -> Router<AppState> {
    pages
        .layer(from_fn(portal::not_found::lead_back))
        .layer(from_fn_with_state(app.clone(), portal::session_over::keep_form))
        .layer(from_fn_with_state(app.clone(), directory::watch::before_answer))
}

/// What answers at a base address.
struct Host {
    /// Without a slash at its end.
    base_url: String,
    /// Its table.
    router: Router,
}

/// Sends each request to the table of the host that it names. A single one answers whatever it is called: on one's own
/// machine `127.0.0.1` is as good a name as `localhost`.
fn by_host(mut hosts: Vec<Host>, pages: &ErrorPages) -> Router {
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
