//! The page of a link that was used, has ended or was replaced.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::portal::chrome::Chrome;
use crate::portal::page;

#[derive(Template)]
#[template(path = "login/link_over.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    again: (&'a str, &'a str),
}

/// With where to get another, and the words for it.
pub(super) fn page(chrome: Chrome<'_>, again: (&str, &str)) -> Response {
    page::private(StatusCode::GONE, &Page { chrome, again })
}
