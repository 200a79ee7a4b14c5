//! `/forgot-password`. The answer is the same whether the address has an account or not.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;

use super::sign_up::{self, Wanted};
use super::throttle::What;
use super::{Sender, return_to, throttled};
use crate::actions::{ActionError, FieldError, accounts};
use crate::oauth::authorize::onward::Onward;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

#[derive(Template)]
#[template(path = "login/forgot_password.html")]
struct Page<'a> {
    chrome: Chrome<'static>,
    onward: &'a Onward,
    email: &'a str,
    return_to: &'a str,
    /// For whoever remembers it.
    sign_in: String,
    errors: FormErrors,
}

/// The form.
pub async fn get(State(app): State<AppState>, Query(Wanted { return_to }): Query<Wanted>) -> Response {
    let return_to = return_to::kept(&return_to, &app.config.portal_url);
    show(&app, StatusCode::OK, ("", return_to.as_deref()), &[]).await
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
    let (email, return_to) = match form::read(request, ["email", "return_to"]).await {
        Ok(Form([email, return_to])) => (email, return_to::kept(&return_to, &app.config.portal_url)),
        Err(status) => return failed::form_refused(status),
    };
    let admitted = match app.login_throttle.admit(What::Mail, &email, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::page(seconds),
    };
    match accounts::request_reset(&app.ctx, &sender.actor("reset"), &email, return_to.clone()).await {
        Ok(()) => Redirect::to("/forgot-password/check-mail").into_response(),
        Err(ActionError::Invalid(errors)) => {
            admitted.take_back();
            show(&app, StatusCode::UNPROCESSABLE_ENTITY, (&email, return_to.as_deref()), &errors).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// After the form.
pub async fn check_mail(State(app): State<AppState>) -> Response {
    sign_up::check_mail_for_reset(&app)
}

async fn show(
    app: &App,
    status: StatusCode,
    (email, return_to): (&str, Option<&str>),
    errors: &[FieldError],
) -> Response {
    let onward = Onward::of(app, return_to.unwrap_or_default()).await;
    let page = Page {
        chrome: onward.frame(Chrome::public(Section::None)),
        onward: &onward,
        email,
        return_to: return_to.unwrap_or_default(),
        sign_in: return_to::sign_in(app, "", return_to),
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}
