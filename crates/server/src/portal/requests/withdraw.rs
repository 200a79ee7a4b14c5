//! `/requests/{reference}/withdraw`: asks once more, then takes the request back.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use crate::actions::ActionError;
use crate::actions::access_requests::{self, Details};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "requests/withdraw.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    details: &'a Details,
}

/// The question. A request that has ended, or that the reader may not change, goes back to its page.
pub async fn get(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Extension(request_id): Extension<RequestId>,
    signed_in: SignedIn,
) -> Response {
    match super::load(&app, &signed_in, (&reference, request_id)).await {
        Ok(details) if details.may_write && details.request.state_at(app.ctx.now()).is_open() => {
            page::private(StatusCode::OK, &Page { chrome: signed_in.chrome(Section::Requests), details: &details })
        }
        Ok(details) => Redirect::to(&format!("/requests/{}", details.request.reference)).into_response(),
        Err(response) => response,
    }
}

/// Takes it back.
pub async fn post(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Extension(request_id): Extension<RequestId>,
    signed_in: SignedIn,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    if let Err(status) = form::read(request, []).await.map(|Form([])| ()) {
        return failed::form_refused(status);
    }
    let details = match super::load(&app, &signed_in, (&reference, request_id)).await {
        Ok(details) => details,
        Err(response) => return response,
    };
    match access_requests::withdraw(&app.ctx, &signed_in.actor, details.request.id).await {
        Ok(_) => Redirect::to(&format!("/requests/{reference}?done=withdrawn")).into_response(),
        Err(ActionError::Conflict { .. }) => {
            Redirect::to(&format!("/requests/{reference}?done=too-late")).into_response()
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Requests)),
    }
}
