//! `/applications/{id}/access/{api}/give-up`: gives back what the application may do at one API.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use http::StatusCode;

use super::head::{Head, Tab};
use super::{fields, refused, see};
use crate::actions::entitlements::{self, ScopeChange, Transition};
use crate::actions::{ActionError, applications};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "applications/give_up.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    name: &'a str,
    scopes: Vec<&'a str>,
}

/// Asks.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, slug)): Path<(ApplicationId, String)>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let (application, access) = match applications::access(&app.ctx, &signed_in.actor, id).await {
        Ok(found) => found,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let Some(access) = access.iter().find(|access| access.api.slug == slug) else {
        return refused(&signed_in, &ActionError::not_found("entitlement", slug), request_id);
    };
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(&signed_in, &application, Tab::Access),
        name: &access.api.name,
        scopes: access.entitlement.effective_scopes(app.ctx.now()).collect(),
    };
    page::private(StatusCode::OK, &page)
}

/// Gives up.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path((id, slug)): Path<(ApplicationId, String)>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if let Err(answer) = fields(&app, request, []).await {
        return answer;
    }
    let all = ScopeChange::default();
    match entitlements::change_scopes(&app.ctx, &signed_in.actor, (id, slug), Transition::Revoke, all).await {
        Ok(_) => see(&format!("/applications/{id}/access?done=given-up")),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}
