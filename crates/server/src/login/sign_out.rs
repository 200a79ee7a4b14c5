//! `POST /sign-out`

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::{StatusCode, header};

use crate::actions::{ActionError, sessions};
use crate::portal::at::At;
use crate::portal::visitor::{self, Visitor};
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Ends the session of this browser.
pub async fn post(
    State(app): State<AppState>,
    at: At,
    Visitor(visitor): Visitor,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    if let Some(user) = visitor {
        match sessions::end(&app.ctx, &user.actor, user.user.id, user.session_id).await {
            // Another page has just ended it.
            Ok(()) | Err(ActionError::NotFound { .. }) => {}
            Err(error) => return failed::page(&error, request_id),
        }
    }
    let mut response = Redirect::to("/sign-in?done=signed-out").into_response();
    response.headers_mut().append(header::SET_COOKIE, visitor::no_cookie_at(&at));
    response
}
