//! `/reset-password/{token}`: a new password, by the link of a mail. The GET uses nothing up.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::one_time_link::Purpose;
use http::{StatusCode, header};

use super::Sender;
use crate::actions::{ActionError, FieldError, accounts};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::{csrf, failed, page, visitor};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "login/reset_password.html")]
struct Page {
    chrome: Chrome<'static>,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "login/link_over.html")]
struct Over {
    chrome: Chrome<'static>,
    title: &'static str,
    again: (&'static str, &'static str),
}

/// The form.
pub async fn get(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match accounts::link_is_open(&app.ctx, Purpose::ResetPassword, &token).await {
        Ok(true) => show(StatusCode::OK, &[]),
        Ok(false) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Uses the link up and sets the password; every browser is signed out, this one too.
pub async fn post(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let password = match form::read(request, ["password"]).await {
        Ok(Form([password])) => password,
        Err(status) => return failed::form_refused(status),
    };
    match accounts::reset_password(&app.ctx, &sender.actor("reset"), &token, &password).await {
        Ok(_) => {
            let mut response = Redirect::to("/sign-in?done=password").into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::no_cookie(&app));
            response
        }
        Err(ActionError::Invalid(errors)) => show(StatusCode::UNPROCESSABLE_ENTITY, &errors),
        Err(ActionError::Conflict { code: "link_over", .. }) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

fn show(status: StatusCode, errors: &[FieldError]) -> Response {
    page::private(status, &Page { chrome: Chrome::public(Section::None), errors: FormErrors::new(errors) })
}

fn over() -> Response {
    let again = ("/forgot-password", "Ask for another link");
    page::private(
        StatusCode::GONE,
        &Over { chrome: Chrome::public(Section::None), title: "This link does not work", again },
    )
}
