//! `/reset-password/{token}`: a new password, by the link of a mail. The GET uses nothing up.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::{OneTimeLink, Purpose};
use http::{StatusCode, header};

use super::{Sender, link_over, return_to};
use crate::actions::{ActionError, FieldError, accounts};
use crate::oauth::authorize::onward::Onward;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::{csrf, failed, page, visitor};
use crate::state::{App, AppState};

#[derive(Template)]
#[template(path = "login/reset_password.html")]
struct Page<'a> {
    chrome: Chrome<'static>,
    /// Whose password it is: whoever holds the link has it from the mailbox.
    email: &'a str,
    errors: FormErrors,
}

/// The form.
pub async fn get(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match accounts::open_link(&app.ctx, Purpose::ResetPassword, &token).await {
        Ok(Some(link)) => show(&app, StatusCode::OK, link, &[]).await,
        Ok(None) => over(),
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
        Ok(followed) => {
            let return_to = followed.return_to.and_then(|path| return_to::kept(&path, &app.config.portal_url));
            let to = return_to::sign_in(&app, "?done=password", return_to.as_deref());
            let mut response = Redirect::to(&to).into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::no_cookie(&app));
            response
        }
        Err(ActionError::Invalid(errors)) => {
            match accounts::open_link(&app.ctx, Purpose::ResetPassword, &token).await {
                Ok(Some(link)) => show(&app, StatusCode::UNPROCESSABLE_ENTITY, link, &errors).await,
                Ok(None) => over(),
                Err(error) => failed::page(&error, request_id),
            }
        }
        Err(ActionError::Conflict { code: "link_over", .. }) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

async fn show(app: &App, status: StatusCode, link: OneTimeLink, errors: &[FieldError]) -> Response {
    let email = accounts::addressee(&app.ctx, &link).await;
    let onward = Onward::of(app, &link.return_to.unwrap_or_default()).await;
    let page = Page {
        chrome: Chrome::public(Section::None),
        email: email.as_ref().map_or("", Email::as_typed),
        errors: FormErrors::new(errors),
    };
    onward.allow_from_portal(app, page::private(status, &page))
}

fn over() -> Response {
    link_over::page(Chrome::public(Section::None), ("/forgot-password", "Ask for another link"))
}
