//! A form that comes after the session has ended: nothing that was typed is lost (`product.md`, what every screen keeps).
//!
//! The handler's [`super::visitor::SignedIn`] refuses; this layer answers with a page that holds the fields and sends
//! them again once the person has signed in, in another tab or by coming back to this one. Only a form of our own pages
//! is kept: a stranger's would become ours by being sent from here.

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};
use url::form_urlencoded;

use super::chrome::{Chrome, Section};
use super::{csrf, failed, form, page};
use crate::state::AppState;

/// In the extensions of the answer of whoever needed a user and found none.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignInNeeded;

#[derive(Template)]
#[template(path = "session_over.html")]
struct SessionOver {
    chrome: Chrome<'static>,
    action: String,
    fields: Vec<(String, String)>,
}

/// Keeps the form of a POST that finds nobody signed in.
pub async fn keep_form(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let ours = request.method() == Method::POST
        && form::is_form(request.headers())
        && csrf::is_ours(request.headers(), &app.config.portal_url);
    if !ours {
        return next.run(request).await;
    }
    let action = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, form::LARGEST).await else {
        return failed::form_refused(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let answer = next.run(Request::from_parts(parts, Body::from(bytes.clone()))).await;
    if answer.extensions().get::<SignInNeeded>().is_none() {
        return answer;
    }
    let fields = form_urlencoded::parse(&bytes).filter(|(name, _)| !is_secret(name));
    let fields = fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let over = SessionOver { chrome: Chrome::public(Section::None).bare(), action, fields };
    page::private(StatusCode::UNAUTHORIZED, &over)
}

/// What nobody should find in the source of a page.
fn is_secret(name: &str) -> bool {
    name.contains("password") || name.contains("secret") || name.contains("code")
}
