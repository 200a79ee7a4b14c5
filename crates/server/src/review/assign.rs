//! `POST /review/{reference}/assign`: to the person who looks, to another reviewer, to nobody.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::decide::meanwhile;
use super::show::Typed;
use crate::actions::ActionError;
use crate::actions::access_requests::{self, Assignment};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Form};
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// `to`: `me`, a user id, or nothing for nobody.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let to = match form::read(request, ["to"]).await {
        Ok(Form([to])) => to,
        Err(status) => return failed::form_refused(status),
    };
    let (ctx, actor) = (&app.ctx, &signed_in.actor);
    let id = match access_requests::dossier(ctx, actor, &reference).await {
        Ok(dossier) => dossier.request.id,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    let changed = match to.as_str() {
        "" => access_requests::unassign(ctx, actor, id).await,
        "me" => access_requests::assign(ctx, actor, id, Assignment { reviewer: None }).await,
        other => access_requests::assign(ctx, actor, id, Assignment { reviewer: Some(other.to_owned()) }).await,
    };
    match changed {
        Ok(request) => Redirect::to(&format!("/review/{}?done=assigned", request.reference)).into_response(),
        Err(error @ (ActionError::Conflict { .. } | ActionError::Invalid(_))) => {
            meanwhile((&app, request_id), &signed_in, &reference, (&error, Typed::default())).await
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}
