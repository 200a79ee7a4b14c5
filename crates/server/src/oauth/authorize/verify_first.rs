//! The page for somebody whose e-mail address is not verified: an application could take it for theirs.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::request::Asked;
use super::visit::Visit;
use crate::portal::chrome::Chrome;
use crate::portal::page;
use crate::portal::visitor::SignedIn;

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
    let template = Page {
        chrome: visit.at.chrome(&visit.app),
        application: &asked.client.application.name,
        email: who.user.email.as_typed(),
        verify: format!("{}/verify-email", visit.app.config.portal_url),
        on: &asked.path(visit.app.ctx.now()),
    };
    page::private(StatusCode::OK, &template)
}
