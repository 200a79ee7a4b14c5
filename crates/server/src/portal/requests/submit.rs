//! `/requests/{reference}/submit`: hands a draft that was begun through the management API to the reviewers.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::show::{Typed, render};
use crate::actions::ActionError;
use crate::actions::access_requests::{self, Submission};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Submits; without consent to the terms the page comes back.
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
    let terms_accepted = match form::read(request, ["terms_accepted"]).await {
        Ok(Form([terms])) => terms == "yes",
        Err(status) => return failed::form_refused(status),
    };
    let details = match super::load(&app, &signed_in, (&reference, request_id)).await {
        Ok(details) => details,
        Err(response) => return response,
    };
    let submission = Submission { terms_accepted };
    match access_requests::submit(&app.ctx, &signed_in.actor, details.request.id, submission).await {
        Ok(_) => Redirect::to(&format!("/requests/{reference}?done=submitted")).into_response(),
        Err(ActionError::Invalid(errors)) => {
            let typed = Typed { errors: FormErrors::new(&errors), ..Typed::default() };
            render(&app, StatusCode::UNPROCESSABLE_ENTITY, (&signed_in, &details), ("", &typed))
        }
        // Submitted or withdrawn meanwhile.
        Err(ActionError::Conflict { .. }) => {
            Redirect::to(&format!("/requests/{reference}?done=too-late")).into_response()
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Requests)),
    }
}
