//! The page for whoever tries too often.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::return_to;
use crate::oauth::authorize::onward::Onward;
use crate::portal::at::At;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::page;
use crate::state::App;

#[derive(Template)]
#[template(path = "login/throttled.html")]
struct Throttled<'a> {
    chrome: Chrome<'a>,
    wait: String,
    /// For whoever tried to sign in; empty for other forms.
    forgot_password: String,
}

/// Says how long to wait, to people and to programs.
pub(crate) fn page(seconds: u32) -> Response {
    show(Chrome::public(Section::None), seconds, "/forgot-password".to_owned())
}

/// The same on the way to what waits for the sign-in.
pub(super) async fn on_the_way((app, at): (&App, &At), target: &str, seconds: u32) -> Response {
    let chrome = Onward::of(app, target).await.frame(at.chrome(app));
    let forgot_password = format!("{}{}", chrome.base, return_to::carried("/forgot-password", target));
    show(chrome, seconds, forgot_password)
}

/// The same in the frame of the page that was tried, where a new password is no way out.
pub(crate) fn within(chrome: Chrome<'_>, seconds: u32) -> Response {
    show(chrome, seconds, String::new())
}

fn show(chrome: Chrome<'_>, seconds: u32, forgot_password: String) -> Response {
    let minutes = seconds.div_ceil(60);
    let wait = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    let page = Throttled { chrome, wait, forgot_password };
    let mut response = page::private(StatusCode::TOO_MANY_REQUESTS, &page);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
