//! What every answer has, whatever made it: a request id, headers that browsers need, and a body when the handler
//! panicked. One function instead of a stack of layers: tokens and calls pass here tens of thousands of times a second.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures_util::FutureExt as _;
use gatehouse_core::id::RequestId;
use gatehouse_gate::problem::{ErrorPages, Problem, X_REQUEST_ID, request_id_value};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::body::Incoming;
use tower::Service as _;

use super::body::TimedBody;
use super::connection::Shared;
use super::proxies::Proxies;
use super::request_ids::RequestIds;
use crate::context::Context;

/// What pages get unless they say otherwise: nothing from elsewhere, nothing inline, no frame around them.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                           connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// The outermost function of the server.
pub struct Edge {
    ctx: Context,
    ids: RequestIds,
    pages: ErrorPages,
    https: bool,
    proxies: Proxies,
}

impl Edge {
    /// Where `portal_url` is https, browsers are told to stay with that.
    pub fn new(ctx: Context, portal_url: &str) -> Self {
        Self {
            ids: RequestIds::new(ctx.random()),
            ctx,
            pages: ErrorPages::of(portal_url),
            https: portal_url.starts_with("https://"),
            proxies: Proxies::default(),
        }
    }

    /// Believes these proxies about whom a request comes from.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    pub(super) async fn answer(
        &self,
        surface: &Shared,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        let request_id = self.ids.next(self.ctx.now());
        let ready = match names_one_host(&request) {
            true => surface.documents.as_ref().and_then(|documents| documents.answer(&request)),
            false => Some(no_host().into_response(request_id, &self.pages)),
        };
        let mut response = match ready {
            Some(response) => response,
            None => {
                let client = self.proxies.client(peer, request.headers());
                let mut request = request.map(|body| Body::new(TimedBody::new(body, surface.limits.body_read)));
                request.extensions_mut().insert(ConnectInfo(client));
                request.extensions_mut().insert(request_id);
                self.route(surface.router.clone(), request, request_id).await
            }
        };
        self.finish(response.headers_mut(), request_id);
        response
    }

    /// Through the table; a handler that panics is our fault and still an answer.
    async fn route(&self, mut router: Router, request: Request<Body>, request_id: RequestId) -> Response<Body> {
        match AssertUnwindSafe(router.call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Err(_) => {
                // The panic hook has said where; this line says for whom.
                tracing::error!(request.id = %request_id, "request.panicked");
                Problem::internal().into_response(request_id, &self.pages)
            }
        }
    }

    fn finish(&self, headers: &mut HeaderMap, request_id: RequestId) {
        if !headers.contains_key(X_REQUEST_ID) {
            headers.insert(X_REQUEST_ID, request_id_value(request_id));
        }
        unless_there(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if self.https {
            unless_there(headers, header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
        }
        let is_page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if is_page {
            unless_there(headers, header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
            unless_there(headers, header::REFERRER_POLICY, "same-origin");
            unless_there(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        }
    }
}

/// A request of HTTP/1.1 has one `Host` line, or it is not answered (RFC 9112 §3.2): whoever stands before us may have
/// gone by the other one.
fn names_one_host<B>(request: &Request<B>) -> bool {
    request.version() != Version::HTTP_11 || request.headers().get_all(header::HOST).iter().count() == 1
}

fn no_host() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "host_header", "The request needs exactly one Host header.")
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").field("https", &self.https).finish_non_exhaustive()
    }
}

fn unless_there(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
