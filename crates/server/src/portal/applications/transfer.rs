//! `/applications/{id}/transfer`: gives the application to another organization of the owner's, once its name is typed.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, OrganizationId, RequestId};
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::portal::application::Application;
use http::StatusCode;

use super::head::{Head, Tab};
use super::{fields, refused, see};
use crate::actions::applications::{self, Transfer, Waiting};
use crate::actions::{ActionError, FieldError};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "applications/transfer.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    organizations: Vec<Choice>,
    /// Why it cannot go now.
    waits: Option<Waiting>,
    typed: &'a str,
    errors: FormErrors,
}

/// Asks for the organization and the name.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let waits = match applications::waits_for(&app.ctx, &signed_in.actor, id).await {
        Ok(waits) => waits,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => show(&signed_in, (&application, waits), ["", ""], &[]),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// Transfers.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [to, typed] = match fields(&app, request, ["organization", "name"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let application = match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => application,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    let again = |errors: &[FieldError]| show(&signed_in, (&application, None), [&to, &typed], errors);
    // Whoever may not is told that, and not that the name is wrong.
    let mine = signed_in.organizations.iter().find(|own| own.organization_id == application.organization_id);
    let is_owner = mine.is_some_and(|own| own.role == MemberRole::Owner);
    let Ok(organization_id) = to.parse::<OrganizationId>() else {
        return match is_owner {
            true => again(&[FieldError::new("organization", "unknown", "choose one of the organizations")]),
            false => refused(&signed_in, &not_owner(), request_id),
        };
    };
    if is_owner && typed.trim() != application.name {
        let message = "type the name of the application exactly as it stands above";
        return again(&[FieldError::new("name", "different", message)]);
    }
    match applications::transfer(&app.ctx, &signed_in.actor, id, Transfer { organization_id }).await {
        Ok(after) => {
            let lost = application.api_user_id.is_some() && after.api_user_id.is_none();
            let word = if lost { "transferred-without" } else { "transferred" };
            see(&format!("/applications/{id}/members?done={word}"))
        }
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

fn not_owner() -> ActionError {
    ActionError::forbidden("not_allowed", "only an owner of the organization can do this")
}

fn show(
    signed_in: &SignedIn,
    (application, waits): (&Application, Option<Waiting>),
    [to, typed]: [&str; 2],
    errors: &[FieldError],
) -> Response {
    let others = signed_in
        .organizations
        .iter()
        .filter(|own| own.role == MemberRole::Owner && own.organization_id != application.organization_id);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, application, Tab::Members),
        organizations: others
            .map(|own| Choice::new(own.organization_id.to_string(), own.name.clone()).among(&[to]))
            .collect(),
        waits,
        typed,
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}
