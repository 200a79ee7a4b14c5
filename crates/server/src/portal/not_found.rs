//! 404 for whatever no route answers: a page for browsers, problem+json for programs.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use gatehouse_core::id::RequestId;
use gatehouse_gate::problem::Problem;
use http::{HeaderMap, StatusCode, header};

use super::chrome::Chrome;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound<'a> {
    chrome: Chrome<'a>,
}

/// Never repeats the address: it is the stranger's text.
pub async fn any(State(app): State<AppState>, request: Request) -> Response {
    let page = NotFound { chrome: Chrome::elsewhere(&app.config.portal_url) };
    let page = wants_html(request.headers()).then(|| page.render().ok()).flatten();
    match page {
        Some(html) => (StatusCode::NOT_FOUND, Html(html)).into_response(),
        None => {
            let request_id = request.extensions().get().copied();
            let request_id = request_id.unwrap_or_else(|| RequestId::new(app.ctx.now(), app.ctx.random()));
            Problem::not_found("Nothing is at this address.").into_response(request_id, &app.error_pages)
        }
    }
}

/// Browsers name `text/html` first; programs that take anything get JSON.
fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|part| part.trim_start().starts_with("text/html"))
}
