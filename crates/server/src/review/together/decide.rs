//! `POST /review/together/decide`: decides the same about requests that ask for the same.

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::access_request::ScopeDecision;
use http::StatusCode;

use super::outcomes::{self, reference};
use super::{dossiers, render};
use crate::actions::access_requests::{self, Chosen, Decisions, Dossier, NewVerdict};
use crate::actions::{ActionError, FieldError};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Fields, Times};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::review::decide::{self as one, named};
use crate::review::fill;
use crate::review::show::Typed;
use crate::state::AppState;

/// Decides.
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
    let references: Vec<_> = chosen.iter().map(|chosen| reference(chosen).to_owned()).collect();
    let found = match dossiers(&app, &signed_in, &references).await {
        Ok(found) => found,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    let Some(first) = found.first() else { return nothing(&signed_in, request_id) };
    let typed = Typed { verdicts: one::typed(&fields), ..Typed::default() };
    if let Some(picked) = one::picked(&fields) {
        return render(&app, &signed_in, &found, (StatusCode::OK, &fill::decline(first, typed, picked)));
    }
    let scopes = verdicts(first, &fields, &typed);
    let order: Vec<String> = scopes.iter().map(|verdict| verdict.scope.clone()).collect();
    let refused = |errors: Vec<FieldError>| {
        let typed = Typed { errors: FormErrors::new(&errors), ..typed.clone() };
        render(&app, &signed_in, &found, (StatusCode::UNPROCESSABLE_ENTITY, &typed))
    };
    if let Some(error) = one::contradiction(&first.request, &fields, &typed.verdicts) {
        return refused(vec![error]);
    }
    if scopes.is_empty() {
        return refused(vec![one::nothing_decided(&first.request)]);
    }
    let requests = chosen.iter().map(|chosen| with_version(chosen)).collect();
    let decisions = Decisions { requests, reviewer: None, scopes };
    match access_requests::decide_all(&app.ctx, &signed_in.actor, decisions).await {
        Ok(done) => outcomes::decided(&signed_in, done, &found),
        Err(ActionError::Invalid(errors)) => refused(named(first, &order, errors)),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

/// No request was chosen.
fn nothing(signed_in: &SignedIn, request_id: RequestId) -> Response {
    if signed_in.is_reviewer() {
        return Redirect::to("/review?done=nothing").into_response();
    }
    let error = ActionError::forbidden("not_allowed", "only reviewers can do this");
    failed::refused(&error, request_id, signed_in.chrome(Section::Review))
}

fn times(name: &str) -> Option<Times> {
    if name == "request" { Some(Times::Often) } else { one::times(name) }
}

/// A form without its version was not made by us; it is told that something has changed.
fn with_version(chosen: &str) -> Chosen {
    let version = chosen.split_once(':').and_then(|(_, version)| version.parse().ok()).unwrap_or(0);
    Chosen { request: reference(chosen).to_owned(), version: Some(version) }
}

fn verdicts(dossier: &Dossier, fields: &Fields, typed: &Typed) -> Vec<NewVerdict> {
    let all = fields.get("do").is_some_and(|values| values.iter().any(|value| value == "approve_all"));
    if !all {
        return one::verdicts(dossier, &typed.verdicts);
    }
    let approve = |scope: &gatehouse_core::portal::access_request::RequestedScope| NewVerdict {
        scope: scope.scope.clone(),
        decision: ScopeDecision::Approved,
        reason: None,
    };
    dossier.request.scopes.iter().filter(|scope| scope.decision.is_none()).map(approve).collect()
}
