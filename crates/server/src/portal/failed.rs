//! Pages for what could not be done: it went wrong on our side, or the form was none of ours.

use askama::Template;
use axum::response::Response;
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::chrome::{Chrome, Section};
use super::page;
use crate::actions::ActionError;
use crate::error::{problem, sentence};

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

/// Not there, not allowed, not possible now: in the words of the action, which say what to do.
#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    chrome: Chrome<'a>,
    title: &'static str,
    message: String,
}

/// The page for an action that was not done, where the form cannot show it beside a field.
pub fn refused(error: &ActionError, request_id: RequestId, chrome: Chrome<'_>) -> Response {
    let title = match error {
        ActionError::NotFound { .. } => "Page not found",
        ActionError::Forbidden { .. } => "This is not yours to do",
        ActionError::Conflict { .. } => "This is not possible now",
        ActionError::Invalid(_) => "This was not accepted",
        ActionError::Database(_) | ActionError::Internal(_) => return page(error, request_id),
    };
    let message = match error {
        // Whether it exists elsewhere is nobody's business.
        ActionError::NotFound { .. } => {
            "Nothing is at this address. It may have been moved, or mistyped, or it is not \
                                         yours to see."
                .to_owned()
        }
        error => sentence(&error.to_string()),
    };
    page::private(problem(error).status(), &Refused { chrome, title, message })
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
