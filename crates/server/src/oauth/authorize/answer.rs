//! Sends the answer to the application: 303 to its redirect URI, or a form that the browser posts there (OAuth 2.0 Form
//! Post Response Mode).

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use gatehouse_core::oauth::authorize::{Answer, ResponseMode};
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::scope::about_the_person;
use gatehouse_core::secret::Secret;
use http::{HeaderValue, StatusCode, header};
use url::form_urlencoded;

use super::onward::allow_form_action;
use super::request::Asked;
use super::visit::Visit;
use super::{refused, see_other};
use crate::portal::chrome::Chrome;
use crate::portal::page;

#[derive(Template)]
#[template(path = "authorize/form_post.html")]
struct FormPost<'a> {
    chrome: Chrome<'a>,
    application: &'a str,
    action: &'a str,
    parameters: &'a [(&'static str, &'a str)],
}

/// A code.
pub(super) fn code(visit: &Visit, asked: &Asked, code: &Secret) -> Response {
    send(visit, asked, &Answer::code(code.expose(), &asked.target, &asked.server.issuer))
}

/// An error; a mistake of the application is noted for its owners.
pub(super) fn error(visit: &Visit, asked: &Asked, error: &OAuthError) -> Response {
    if is_mistake(error.code) {
        refused::note(visit, &asked.client.client_id, error, &reason(asked, error));
    }
    let uri = format!("{}/docs/oauth#{}", visit.app.config.portal_url, error.code);
    send(visit, asked, &Answer::error(error, &uri, &asked.target, &asked.server.issuer))
}

/// For the owners: of the scopes that were asked for, those that there are. Whoever made the link has proved nothing, and
/// no word of theirs is shown.
fn reason(asked: &Asked, error: &OAuthError) -> String {
    let is_known = |name: &&str| asked.server.scope(name).is_some() || about_the_person(name).is_some();
    let scope = form_urlencoded::parse(asked.query.as_bytes()).find(|(name, _)| name == "scope");
    let scope = scope.filter(|_| error.code == ErrorCode::InvalidScope).map(|(_, scope)| scope);
    let names: BTreeSet<&str> = scope.iter().flat_map(|scope| scope.split(' ')).filter(is_known).collect();
    match names.is_empty() {
        true => error.description.to_string(),
        false => format!("{}. It asked for: {}", error.description, names.into_iter().collect::<Vec<_>>().join(" ")),
    }
}

fn send(visit: &Visit, asked: &Asked, answer: &Answer<'_>) -> Response {
    match asked.target.response_mode {
        ResponseMode::Query | ResponseMode::Fragment => see_other(&answer.location(&asked.target)),
        ResponseMode::FormPost => {
            let page = FormPost {
                chrome: visit.at.chrome(&visit.app).bare(),
                application: &asked.client.application.name,
                action: &asked.target.redirect_uri,
                parameters: answer.parameters(),
            };
            let mut response = page::private(StatusCode::OK, &page);
            // The page holds a code.
            response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            allow_form_action(response, &asked.target.redirect_uri)
        }
    }
}

/// Not what a person decides or a silent request finds.
fn is_mistake(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::AccessDenied
            | ErrorCode::LoginRequired
            | ErrorCode::ConsentRequired
            | ErrorCode::InteractionRequired
            | ErrorCode::AccountSelectionRequired
            | ErrorCode::UnmetAuthenticationRequirements
    )
}
