//! `/forgot-password`. The answer is the same whether the address has an account or not.

use askama::Template;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::throttle::What;
use super::{Sender, sign_up, throttled};
use crate::actions::{ActionError, FieldError, accounts};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "login/forgot_password.html")]
struct Page<'a> {
    chrome: Chrome<'static>,
    email: &'a str,
    errors: FormErrors,
}

/// The form.
pub async fn get() -> Response {
    show(StatusCode::OK, "", &[])
}

/// Mails a link, if there is an account.
pub async fn post(
    State(app): State<AppState>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let email = match form::read(request, ["email"]).await {
        Ok(Form([email])) => email,
        Err(status) => return failed::form_refused(status),
    };
    let admitted = match app.login_throttle.admit(What::Mail, &email, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::page(seconds),
    };
    match accounts::request_reset(&app.ctx, &sender.actor("reset"), &email).await {
        Ok(()) => Redirect::to("/forgot-password/check-mail").into_response(),
        Err(ActionError::Invalid(errors)) => {
            admitted.forgive();
            show(StatusCode::UNPROCESSABLE_ENTITY, &email, &errors)
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// After the form.
pub async fn check_mail(State(app): State<AppState>) -> Response {
    sign_up::check_mail_for_reset(&app)
}

fn show(status: StatusCode, email: &str, errors: &[FieldError]) -> Response {
    let chrome = Chrome::public(Section::None);
    page::private(status, &Page { chrome, email, errors: FormErrors::new(errors) })
}
