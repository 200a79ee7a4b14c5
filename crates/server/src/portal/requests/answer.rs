//! `/requests/{reference}/answer`: what the developer says to a question.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::show::{Typed, render};
use crate::actions::ActionError;
use crate::actions::access_requests::{self, NewAnswer};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Answers; what cannot be an answer stays in its field.
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
    let text = match form::read(request, ["text"]).await {
        Ok(Form([text])) => text,
        Err(status) => return failed::form_refused(status),
    };
    let details = match super::load(&app, &signed_in, (&reference, request_id)).await {
        Ok(details) => details,
        Err(response) => return response,
    };
    let answer = NewAnswer { developer: None, text: text.clone() };
    let answered = access_requests::answer(&app.ctx, &signed_in.actor, details.request.id, answer).await;
    let Err(error) = answered else {
        return Redirect::to(&format!("/requests/{reference}?done=answered")).into_response();
    };
    let typed = |errors| Typed { text, errors };
    match &error {
        ActionError::Invalid(errors) => {
            let typed = typed(FormErrors::new(errors));
            render(&app, StatusCode::UNPROCESSABLE_ENTITY, (&signed_in, &details), ("", &typed))
        }
        // Answered, withdrawn or decided meanwhile: the page says how it stands, and keeps the text.
        ActionError::Conflict { .. } => {
            render(&app, StatusCode::CONFLICT, (&signed_in, &details), ("too-late", &typed(FormErrors::default())))
        }
        _ => failed::refused(&error, request_id, signed_in.chrome(Section::Requests)),
    }
}
