//! Pages from templates.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::visitor::Visitor;

/// A page that may be kept by nobody: it holds what a person typed or a link that works once.
pub fn private(status: StatusCode, template: &impl Template) -> Response {
    let mut response = public(status, template);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A page that names whoever is signed in, and is the same for everybody else.
pub fn seen_by(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Response {
    if visitor.0.is_some() { private(status, template) } else { public(status, template) }
}

/// A page that is the same for everybody.
pub fn public(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "page.not_rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Around a secret: not even the address goes to whoever is visited next.
pub fn no_referrer(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
