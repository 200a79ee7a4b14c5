//! The page for what went wrong on our side.

use askama::Template;
use axum::response::Response;
use gatehouse_core::id::RequestId;

use super::page;
use crate::actions::ActionError;
use crate::error::problem;

#[derive(Template)]
#[template(path = "failed.html")]
struct Failed {
    request_id: RequestId,
}

/// Logs the error once; the page names the request, by which the line is found.
pub fn page(error: &ActionError, request_id: RequestId) -> Response {
    tracing::error!(request.id = %request_id, %error, "page.failed");
    page::private(problem(error).status(), &Failed { request_id })
}
