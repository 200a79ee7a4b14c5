//! `/applications/{id}/delete`: deletes an application once its name is typed. Owners only.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::application::Application;
use http::StatusCode;

use super::head::{Head, Tab};
use super::{fields, refused, see};
use crate::actions::{FieldError, applications};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "applications/delete.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    head: Head<'a>,
    typed: &'a str,
    errors: FormErrors,
}

/// Asks for the name.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => show(&signed_in, &application, ("", &[])),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

/// Deletes.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Path(id): Path<ApplicationId>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let [typed] = match fields(&app, request, ["name"]).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    let application = match applications::find(&app.ctx, &signed_in.actor, id).await {
        Ok(application) => application,
        Err(error) => return refused(&signed_in, &error, request_id),
    };
    if typed.trim() != application.name {
        let message = "type the name of the application exactly as it stands above";
        return show(&signed_in, &application, (&typed, &[FieldError::new("name", "different", message)]));
    }
    match applications::delete(&app.ctx, &signed_in.actor, id).await {
        Ok(_) => see("/applications?done=deleted"),
        Err(error) => refused(&signed_in, &error, request_id),
    }
}

fn show(signed_in: &SignedIn, application: &Application, (typed, errors): (&str, &[FieldError])) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        chrome: signed_in.chrome(Section::Applications),
        head: Head::new(signed_in, application, Tab::Settings),
        typed,
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}
