//! `/requests/{reference}/answer` and `/reply`: what the developer says to a question, and without one.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::show::{Typed, render};
use crate::actions::ActionError;
use crate::actions::access_requests::{self, Addition, Details, NewAnswer};
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
    let (text, details) = match read((&app, request_id), &signed_in, &reference, request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let answer = NewAnswer { developer: None, text: text.clone() };
    let answered = access_requests::answer(&app.ctx, &signed_in.actor, details.request.id, answer).await;
    said((&app, request_id), (&signed_in, &details), (answered.map(|_| "answered"), text))
}

/// Adds something to a request that waits.
pub async fn reply(
    State(app): State<AppState>,
    Path(reference): Path<String>,
    Extension(request_id): Extension<RequestId>,
    signed_in: SignedIn,
    request: Request,
) -> Response {
    let (text, details) = match read((&app, request_id), &signed_in, &reference, request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let addition = Addition { developer: None, text: text.clone() };
    let added = access_requests::add(&app.ctx, &signed_in.actor, details.request.id, addition).await;
    said((&app, request_id), (&signed_in, &details), (added.map(|_| "added"), text))
}

async fn read(
    (app, request_id): (&AppState, RequestId),
    signed_in: &SignedIn,
    reference: &str,
    request: Request,
) -> Result<(String, Details), Response> {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return Err(failed::form_refused(StatusCode::FORBIDDEN));
    }
    let Form([text]) = form::read(request, ["text"]).await.map_err(failed::form_refused)?;
    Ok((text, super::load(app, signed_in, (reference, request_id)).await?))
}

fn said(
    (app, request_id): (&AppState, RequestId),
    (signed_in, details): (&SignedIn, &Details),
    (done, text): (Result<&'static str, ActionError>, String),
) -> Response {
    let typed = |errors| Typed { text, errors };
    match done {
        Ok(done) => Redirect::to(&format!("/requests/{}?done={done}", details.request.reference)).into_response(),
        Err(ActionError::Invalid(errors)) => {
            let typed = typed(FormErrors::new(&errors));
            render(app, StatusCode::UNPROCESSABLE_ENTITY, (signed_in, details), ("", &typed))
        }
        // Answered, withdrawn or decided meanwhile: the page says how it stands, and keeps the text.
        Err(ActionError::Conflict { .. }) => {
            render(app, StatusCode::CONFLICT, (signed_in, details), ("too-late", &typed(FormErrors::default())))
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Requests)),
    }
}
