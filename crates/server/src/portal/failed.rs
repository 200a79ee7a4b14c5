//! Pages for what could not be done: it went wrong on our side, or the form was none of ours.

use askama::Template;
use axum::response::Response;
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::chrome::{Chrome, Section};
use super::page;
use crate::actions::ActionError;
use crate::error::problem;

#[derive(Template)]
#[template(path = "failed.html")]
struct Failed {
    chrome: Chrome<'static>,
    request_id: RequestId,
}

#[derive(Template)]
#[template(path = "form_refused.html")]
struct FormRefused {
    chrome: Chrome<'static>,
}

/// Logs the error once; the page names the request, by which the line is found.
pub fn page(error: &ActionError, request_id: RequestId) -> Response {
    tracing::error!(request.id = %request_id, %error, "page.failed");
    page::private(problem(error).status(), &Failed { chrome: Chrome::public(Section::None), request_id })
}

/// For a POST that no page of ours sends: from another site, or with fields that the form does not have.
pub fn form_refused(status: StatusCode) -> Response {
    page::private(status, &FormRefused { chrome: Chrome::public(Section::None) })
}
