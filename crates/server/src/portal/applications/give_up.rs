//! `/applications/{id}/access/{api}/give-up`: gives back what the application may do at one API.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::entitlement::EntitledScope;
use http::StatusCode;

use super::head::{Head, Tab};
use super::{refused, see, words};
use crate::actions::entitlements::{self, ScopeChange, Transition};
use crate::actions::{ActionError, FieldError, applications};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Times};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

/// The ticked ones.
const SCOPES: &str = "scopes";

#[derive(Template)]
#[template(path = "applications/give_up.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    name: &'a str,
    scopes: Vec<Choice>,
    errors: FormErrors,
}

/// Asks.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, slug)): Path<(ApplicationId, String)>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    show(&app, &signed_in, (id, &slug), &[], request_id).await
}

async fn show(
    app: &App,
    signed_in: &SignedIn,
    (id, slug): (ApplicationId, &str),
    errors: &[FieldError],
    request_id: RequestId,
) -> Response {
    let (application, access) = match applications::access(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(signed_in, &error, request_id),
    };
    let Some(access) = access.iter().find(|access| access.api.slug == slug) else {
        return refused(signed_in, &ActionError::not_found("entitlement", slug), request_id);
    };
    let held = access.entitlement.scopes.iter().filter(|held| words::stands(held.state_at(app.ctx.now())));
    let choice = |held: &EntitledScope| {
        let known = access.scopes.iter().find(|scope| scope.id == held.scope_id);
        let sentence = known.map_or("", |scope| &scope.sentence);
        Choice::new(&held.scope, &held.scope).hint(sentence).among(&[&held.scope])
    };
    let scopes = held.map(choice).collect();
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, &application, Tab::Access),
        name: &access.api.name,
        scopes,
        errors: FormErrors::new(errors),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page::private(status, &page)
}

/// Gives up.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, slug)): Path<(ApplicationId, String)>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let scopes = match form::read_fields(request, |name| (name == SCOPES).then_some(Times::Often)).await {
        Ok(mut fields) => fields.remove(SCOPES).unwrap_or_default(),
        Err(status) => return failed::form_refused(status),
    };
    let gives_up = async |scopes: Vec<String>| {
        if scopes.is_empty() {
            return Err(ActionError::invalid(SCOPES, "required", "choose at least one scope"));
        }
        let which = ScopeChange { scopes: Some(scopes) };
        entitlements::change_scopes(&app.ctx, &signed_in.actor, (id, slug.clone()), Transition::Revoke, which).await
    };
    match gives_up(scopes).await {
        Ok(_) => see(&format!("/applications/{id}/access?done=given-up")),
        Err(ActionError::Invalid(errors)) => show(&app, &signed_in, (id, &slug), &errors, request_id).await,
        Err(error) => refused(&signed_in, &error, request_id),
    }
}
