//! `/review/replies/{id}`: changing and deleting one of the texts that reviewers keep ready.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{CannedReplyId, RequestId};
use gatehouse_core::portal::canned_reply::CannedReply;
use http::StatusCode;

use crate::actions::canned_replies::{self, CannedReplyChange};
use crate::actions::{ActionError, FieldError};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "review/reply.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    reply: &'a CannedReply,
    title: &'a str,
    body: &'a str,
    errors: FormErrors,
    /// Somebody else was faster: what was typed is shown beside what is kept now.
    is_late: bool,
}

/// The form.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(id): Path<CannedReplyId>,
) -> Response {
    match canned_replies::get(&app.ctx, &signed_in.actor, id).await {
        Ok(reply) => show(&signed_in, &reply, (&reply.title, &reply.body), (StatusCode::OK, &[])),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

/// Changes it.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(id): Path<CannedReplyId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (title, body, version) = match form::read(request, ["title", "body", "version"]).await {
        Ok(Form([title, body, version])) => (title, body, version),
        Err(status) => return failed::form_refused(status),
    };
    let change = CannedReplyChange {
        title: Some(title.clone()),
        body: Some(body.clone()),
        // A form without its version was not made by us; it is told that something has changed.
        version: Some(version.parse().unwrap_or(0)),
    };
    let (status, errors) = match canned_replies::change(&app.ctx, &signed_in.actor, id, change).await {
        Ok(_) => return Redirect::to("/review/replies?done=changed").into_response(),
        Err(ActionError::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(ActionError::Conflict { .. }) => (StatusCode::CONFLICT, Vec::new()),
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    match canned_replies::get(&app.ctx, &signed_in.actor, id).await {
        Ok(reply) => show(&signed_in, &reply, (&title, &body), (status, &errors)),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

/// Deletes it.
pub async fn delete(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(id): Path<CannedReplyId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    if let Err(status) = form::read(request, []).await {
        return failed::form_refused(status);
    }
    match canned_replies::delete(&app.ctx, &signed_in.actor, id).await {
        Ok(()) => Redirect::to("/review/replies?done=deleted").into_response(),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

fn show(
    signed_in: &SignedIn,
    reply: &CannedReply,
    (title, body): (&str, &str),
    (status, errors): (StatusCode, &[FieldError]),
) -> Response {
    let page = Page {
        chrome: signed_in.chrome(Section::Review),
        reply,
        title,
        body,
        errors: FormErrors::new(errors),
        is_late: status == StatusCode::CONFLICT,
    };
    page::private(status, &page)
}
