//! Sends an admitted call to what is behind the gate.

use std::collections::HashMap;

use axum::Router;
use axum::body::Body;
use gatehouse_core::id::RequestId;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::Limited;
use tower::ServiceExt;

use crate::caller::Caller;
use crate::check::Admitted;
use crate::headers;
use crate::problem::{ErrorPages, Problem};
use crate::snapshot::Upstream;

/// Longest body of a request that has one, in bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// What `GET` and `HEAD` may carry. It is thrown away, but a large one is refused so that nobody sends it.
const LONGEST_IGNORED_BODY: u64 = 64 * 1024;

/// Services of this process, by name.
#[derive(Clone, Debug, Default)]
pub struct Upstreams {
    services: HashMap<String, Router>,
}

impl Upstreams {
    /// Adds a service. It finds a [`Caller`] in the extensions of each request.
    #[must_use]
    pub fn with(mut self, name: &str, service: Router) -> Self {
        self.services.insert(name.to_owned(), service);
        self
    }

    /// Sends a call on, exactly under the path that was matched.
    pub(crate) async fn forward(
        &self,
        admitted: &Admitted,
        mut parts: Parts,
        body: Body,
        (request_id, pages): (RequestId, &ErrorPages),
    ) -> Response<Body> {
        let Upstream::InProcess(name) = &admitted.api.upstream;
        let Some((service, uri)) = self.services.get(name).zip(target(&admitted.path, &parts.uri)) else {
            tracing::error!(gate.api = admitted.api.slug, upstream = name, %request_id, "gate.upstream_missing");
            return Problem::internal().into_response(request_id, pages);
        };
        parts.uri = uri;
        // Nothing that an outer layer knows of this request is the upstream's business.
        parts.extensions.clear();
        parts.extensions.insert(caller(admitted, request_id, pages));
        headers::clean_request(&mut parts.headers);
        let body = body_for(&mut parts, body);
        match service.clone().oneshot(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Whether the announced body is larger than the gate takes.
pub(crate) fn announces_too_much(method: &Method, headers: &HeaderMap) -> bool {
    let limit = if ignores_body(method) { LONGEST_IGNORED_BODY } else { LONGEST_BODY as u64 };
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    announced.is_some_and(|length| length > limit)
}

fn ignores_body(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

fn body_for(parts: &mut Parts, body: Body) -> Body {
    if ignores_body(&parts.method) {
        headers::drop_body_headers(&mut parts.headers);
        return Body::empty();
    }
    Body::new(Limited::new(body, LONGEST_BODY))
}

/// The matched path with the query as it came, in origin form.
fn target(path: &str, original: &Uri) -> Option<Uri> {
    let text = match original.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    PathAndQuery::try_from(text).ok().map(Uri::from)
}

fn caller(admitted: &Admitted, request_id: RequestId, pages: &ErrorPages) -> Caller {
    let token = &admitted.token;
    Caller {
        client_id: token.client_id.clone(),
        subject: token.subject.clone(),
        on_behalf_of: token.on_behalf_of,
        scopes: token.scopes.clone(),
        request_id,
        error_pages: pages.clone(),
    }
}
