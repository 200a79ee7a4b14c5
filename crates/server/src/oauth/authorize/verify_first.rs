//! The page for somebody whose e-mail address is not verified: an application could take it for theirs.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::request::Asked;
use super::visit::Visit;
use crate::portal::at::At;
use crate::portal::chrome::Chrome;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::App;

#[derive(Template)]
#[template(path = "authorize/verify_first.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    application: &'a str,
    email: &'a str,
    /// Where another mail is sent.
    verify: String,
    /// Back to the request.
    on: &'a str,
}

/// The page.
pub(super) fn page(visit: &Visit, asked: &Asked, who: &SignedIn) -> Response {
    let on = asked.path();
    page_for((&visit.app, &visit.at), &asked.client.application.name, who, &on)
}

/// The page on the way to `application` by the address `on`.
pub(in crate::oauth) fn page_for((app, at): (&App, &At), application: &str, who: &SignedIn, on: &str) -> Response {
    let template = Page {
        chrome: at.chrome(app).bare(),
        application,
        email: who.user.email.as_typed(),
        verify: format!("{}/verify-email", app.config.portal_url),
        on,
    };
    page::private(StatusCode::OK, &template)
}
