//! `POST /profile/sessions/{id}/end`, `POST /profile/sessions/end-others`

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{RequestId, SessionId};
use http::StatusCode;

use crate::actions::{ActionError, sessions};
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Signs one browser of the user out.
pub async fn end(
    State(app): State<AppState>,
    user: SignedIn,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let done = Redirect::to("/profile?done=ended").into_response();
    // One that is over, or somebody else's, is not there: the list says so.
    let Ok(id) = id.parse::<SessionId>() else { return done };
    match sessions::end(&app.ctx, &user.actor, user.user.id, id).await {
        Ok(()) | Err(ActionError::NotFound { .. }) => done,
        Err(error) => failed::page(&error, request_id),
    }
}

/// Signs every other browser of the user out.
pub async fn end_others(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    match sessions::end_others(&app.ctx, &user.actor, user.user.id, user.session_id).await {
        Ok(_) => Redirect::to("/profile?done=others-ended").into_response(),
        Err(error) => failed::page(&error, request_id),
    }
}
