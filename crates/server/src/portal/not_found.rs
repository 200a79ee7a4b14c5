//! 404 for whatever no route answers: a page for browsers, problem+json for programs.

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_gate::problem::Problem;
use http::{HeaderMap, Method, StatusCode, header};

use super::at::At;
use super::chrome::Chrome;
use super::page;
use super::visitor::Visitor;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound<'a> {
    chrome: Chrome<'a>,
}

/// Never repeats the address: it is the stranger's text.
pub async fn any(State(app): State<AppState>, request: Request) -> Response {
    if !wants_html(request.headers()) {
        let request_id = request.extensions().get().copied();
        let request_id = request_id.unwrap_or_else(|| RequestId::new(app.ctx.now(), app.ctx.random()));
        return Problem::not_found("Nothing is at this address.").into_response(request_id, &app.error_pages);
    }
    let (mut parts, _) = request.into_parts();
    let at = At::of(&parts.extensions, &app);
    // Whoever is signed in must not think that they are not.
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &app).await;
    let chrome = match &visitor.0 {
        Some(user) => at.chrome_of(&app, user),
        None => Chrome::elsewhere(&app.config.portal_url),
    };
    page::seen_by(&visitor, StatusCode::NOT_FOUND, &NotFound { chrome })
}

/// Addresses that only forms are sent to stand in the address bar after a form was refused: whoever opens one comes to the
/// page above it.
pub async fn lead_back(request: Request, next: Next) -> Response {
    let is_looked_at = request.method() == Method::GET && wants_html(request.headers());
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    if !is_looked_at || response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    match path.rsplit_once('/') {
        Some((above, _)) if !above.is_empty() => Redirect::to(above).into_response(),
        _ => Redirect::to("/").into_response(),
    }
}

/// Browsers name `text/html` first; programs that take anything get JSON.
fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|part| part.trim_start().starts_with("text/html"))
}
