//! `POST /review/together/assign`: gives the chosen requests to one reviewer.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::outcomes::{self, reference};
use crate::actions::access_requests::{self, Assignments};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Times};
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// `to`: `me` or a user id; `request` for each.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let mut fields = match form::read_fields(request, times).await {
        Ok(fields) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let chosen = fields.remove("request").unwrap_or_default();
    let to = fields.remove("to").and_then(|values| values.into_iter().next()).unwrap_or_default();
    if chosen.is_empty() && signed_in.is_reviewer() {
        return Redirect::to("/review?done=nothing").into_response();
    }
    let requests = chosen.iter().map(|chosen| reference(chosen).to_owned()).collect();
    let reviewer = Some(to).filter(|to| to != "me");
    match access_requests::assign_all(&app.ctx, &signed_in.actor, Assignments { requests, reviewer }).await {
        Ok(done) => outcomes::answer(&signed_in, done, ("assigned", "assigned")),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

fn times(name: &str) -> Option<Times> {
    match name {
        "request" => Some(Times::Often),
        "to" => Some(Times::Once),
        _ => None,
    }
}
