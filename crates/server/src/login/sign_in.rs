//! `/sign-in`

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::user::User;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::form_token::{self, FormToken};
use super::step_up::{self, Asked};
use super::throttle::What;
use super::{Sender, return_to, throttled, verify_email};
use crate::actions::accounts::{self, Attempt};
use crate::actions::sessions::{self, Opened};
use crate::actions::{ActionError, FieldError};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, Visitor};
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// Where to go afterwards.
    #[serde(default)]
    return_to: String,
    /// What was done before.
    #[serde(default)]
    done: String,
    /// What somebody who is signed in should prove.
    #[serde(default)]
    step_up: String,
}

#[derive(Template)]
#[template(path = "login/sign_in.html")]
struct SignIn<'a> {
    chrome: Chrome<'static>,
    email: &'a str,
    return_to: &'a str,
    token: &'a str,
    /// A sentence about what was done before; may be empty.
    done: &'static str,
    errors: FormErrors,
}

/// The form; whoever is signed in goes on at once, unless they should prove more.
pub async fn get(
    State(app): State<AppState>,
    Visitor(visitor): Visitor,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let target = return_to::checked(&wanted.return_to, &app.config.portal_url);
    if let Some(user) = visitor {
        if let Ok(wanted) = wanted.step_up.parse() {
            return step_up::get(&user, &Asked { wanted, return_to: &target });
        }
        return Redirect::to(&target).into_response();
    }
    let done = match wanted.done.as_str() {
        "password" => "Your new password is set. Sign in with it.",
        "verified" => "Your e-mail address is verified. Sign in to go on.",
        "signed-out" => "You are signed out.",
        _ => "",
    };
    let shown = Shown { email: "", return_to: &target, done, errors: FormErrors::default() };
    form(&app, &headers, StatusCode::OK, shown)
}

/// Signs in, or shows the form again.
pub async fn post(
    State(app): State<AppState>,
    Visitor(visitor): Visitor,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let headers = request.headers().clone();
    let (sender, request) = Sender::of(request, request_id);
    let [email, password, target, token] = match form::read(request, ["email", "password", "return_to", "token"]).await
    {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let target = return_to::checked(&target, &app.config.portal_url);
    let again = |status, errors: &[FieldError]| {
        let errors = FormErrors::new(errors);
        form(&app, &headers, status, Shown { email: &email, return_to: &target, done: "", errors })
    };
    if !form_token::matches(&headers, &app.config.portal_url, &token) {
        let message = "this page was open for too long, or your browser keeps no cookies: sign in once more";
        return again(StatusCode::FORBIDDEN, &[FieldError::new("email", "form_token", message)]);
    }
    let missing = missing(&email, &password);
    if !missing.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, &missing);
    }
    let admitted = match app.login_throttle.admit(What::Password, &email, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::page(seconds),
    };
    let attempt = Attempt { email: email.clone(), password };
    match accounts::sign_in(&app.ctx, &sender.actor("sign_in"), &attempt, sender.device.clone()).await {
        Ok(Some((user, opened))) => {
            admitted.forgive();
            if let Some(before) = visitor {
                end_before(&app, &before).await;
            }
            welcome(&app, &user, &opened, &target)
        }
        Ok(None) => {
            tracing::info!(request.id = %request_id, "sign_in.refused");
            let message = "address and password do not go together: check both";
            again(StatusCode::UNPROCESSABLE_ENTITY, &[FieldError::new("email", "wrong", message)])
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// What was left empty; nothing is looked up for it, and no attempt counted.
fn missing(email: &str, password: &str) -> Vec<FieldError> {
    let fields = [("email", email.trim(), "enter your e-mail address"), ("password", password, "enter your password")];
    let empty = fields.into_iter().filter(|(_, text, _)| text.is_empty());
    empty.map(|(field, _, message)| FieldError::new(field, "required", message)).collect()
}

/// On with the new session; who has an address to verify is told so first.
fn welcome(app: &AppState, user: &User, opened: &Opened, target: &str) -> Response {
    let to = if user.is_verified() { target } else { verify_email::PATH };
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(header::SET_COOKIE, visitor::cookie(app, &opened.cookie));
    response
}

/// A browser has one session: the one before ends.
async fn end_before(app: &AppState, before: &visitor::SignedIn) {
    let ended = sessions::end(&app.ctx, &before.actor, before.user.id, before.session_id).await;
    if let Err(error @ (ActionError::Database(_) | ActionError::Internal(_))) = ended {
        tracing::warn!(%error, "session.not_ended");
    }
}

struct Shown<'a> {
    email: &'a str,
    return_to: &'a str,
    done: &'static str,
    errors: FormErrors,
}

fn form(app: &AppState, headers: &HeaderMap, status: StatusCode, shown: Shown<'_>) -> Response {
    let token = FormToken::of(headers, &app.config.portal_url, app.ctx.random());
    let Shown { email, return_to, done, errors } = shown;
    let chrome = Chrome::public(Section::None);
    let page = SignIn { chrome, email, return_to, token: &token.field, done, errors };
    form_token::with(page::private(status, &page), &token)
}
