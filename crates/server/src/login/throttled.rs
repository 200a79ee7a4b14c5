//! The page for whoever tries too often.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use crate::portal::chrome::{Chrome, Section};
use crate::portal::page;

#[derive(Template)]
#[template(path = "login/throttled.html")]
struct Throttled {
    chrome: Chrome<'static>,
    wait: String,
}

/// Says how long to wait, to people and to programs.
pub(crate) fn page(seconds: u32) -> Response {
    let minutes = seconds.div_ceil(60);
    let wait = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    let page = Throttled { chrome: Chrome::public(Section::None), wait };
    let mut response = page::private(StatusCode::TOO_MANY_REQUESTS, &page);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
