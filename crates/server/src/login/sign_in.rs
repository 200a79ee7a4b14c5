//! `/sign-in`

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::email::Email;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::form_token::{self, FormToken};
use super::passkey::Question;
use super::step_up::{self, Asked};
use super::throttle::What;
use super::{Sender, code, return_to, throttled, verify_email};
use crate::actions::accounts::{self, Attempt, Known};
use crate::actions::factors::Entered;
use crate::actions::factors::ticket::Ticket;
use crate::actions::sessions;
use crate::actions::{ActionError, FieldError};
use crate::oauth::authorize::onward::Onward;
use crate::portal::at::At;
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, Visitor};
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

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
    chrome: Chrome<'a>,
    onward: &'a Onward,
    email: &'a str,
    return_to: &'a str,
    /// All lead on to the same place.
    sign_in: String,
    forgot_password: String,
    sign_up: String,
    token: &'a str,
    passkey: Option<Question>,
    /// A sentence about what was done before; may be empty.
    done: &'static str,
    errors: FormErrors,
}

/// The form; whoever is signed in goes on at once, unless they should prove more.
pub async fn get(
    State(app): State<AppState>,
    at: At,
    Visitor(visitor): Visitor,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let target = return_to::checked(&wanted.return_to, &at);
    if let Some(user) = visitor {
        if let Ok(wanted) = wanted.step_up.parse() {
            return step_up::get((&app, &at, &headers), &user, &Asked { wanted, return_to: &target }).await;
        }
        return Redirect::to(&at.address(&app, &target)).into_response();
    }
    let done = match wanted.done.as_str() {
        "password" => "Your new password is set. Sign in with it.",
        "verify" => "Sign in to verify your e-mail address.",
        "signed-out" => "You are signed out.",
        _ => "",
    };
    let email = verify_email::addressee(&app, &target).await;
    let email = email.as_ref().map_or("", Email::as_typed);
    let shown = Shown { email, return_to: &target, done, errors: FormErrors::default() };
    form((&app, &at, &headers), StatusCode::OK, shown).await
}

/// Signs in, or shows the form again.
pub async fn post(
    State(app): State<AppState>,
    at: At,
    Visitor(visitor): Visitor,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let headers = request.headers().clone();
    let (sender, request) = Sender::of(request, request_id);
    let [email, password, target, token] = match form::read(request, ["email", "password", "return_to", "token"]).await
    {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let target = return_to::checked(&target, &at);
    let again = async |status, errors: &[FieldError]| {
        let errors = FormErrors::new(errors);
        let shown = Shown { email: &email, return_to: &target, done: "", errors };
        form((&app, &at, &headers), status, shown).await
    };
    if !form_token::matches(&headers, &at, &token) {
        let message = "this page was open for too long, or your browser keeps no cookies: sign in once more";
        return again(StatusCode::FORBIDDEN, &[FieldError::new("email", "form_token", message)]).await;
    }
    let missing = missing(&email, &password);
    if !missing.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, &missing).await;
    }
    let admitted = match app.login_throttle.admit(What::Password, &email, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::on_the_way((&app, &at), &target, seconds).await,
    };
    let attempt = Attempt { email: email.clone(), password };
    match accounts::sign_in(&app.ctx, &sender.actor("sign_in"), &attempt, sender.device.clone()).await {
        Ok(Some(Known::SignedIn(user, opened))) => {
            admitted.forgive();
            if let Some(before) = visitor {
                end_before(&app, &before).await;
            }
            code::entered(&app, &at, &Entered { user: *user, cookie: opened.cookie }, &target).await
        }
        Ok(Some(Known::CodeWanted(ticket))) => {
            admitted.forgive();
            code::ask(&app, &at, (&token, ticket), &target).unwrap_or_else(|error| failed::page(&error, request_id))
        }
        Ok(None) => {
            tracing::info!(request.id = %request_id, "sign_in.refused");
            let message = "address and password do not go together: check both";
            again(StatusCode::UNPROCESSABLE_ENTITY, &[FieldError::new("email", "wrong", message)]).await
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

/// A browser has one session: the one before ends.
pub(super) async fn end_before(app: &App, before: &visitor::SignedIn) {
    let ended = sessions::end(&app.ctx, &before.actor, before.user.id, before.session_id).await;
    if let Err(error @ (ActionError::Database(_) | ActionError::Internal(_))) = ended {
        tracing::warn!(%error, "session.not_ended");
    }
}

/// The form after a passkey was not accepted.
pub(super) async fn refused(of: (&App, &At, &HeaderMap), return_to: &str, error: FieldError) -> Response {
    let errors = FormErrors::new(&[error]);
    form(of, StatusCode::UNPROCESSABLE_ENTITY, Shown { email: "", return_to, done: "", errors }).await
}

struct Shown<'a> {
    email: &'a str,
    return_to: &'a str,
    done: &'static str,
    errors: FormErrors,
}

async fn form((app, at, headers): (&App, &At, &HeaderMap), status: StatusCode, shown: Shown<'_>) -> Response {
    let token = FormToken::of(headers, at, app.ctx.random());
    let Shown { email, return_to, done, errors } = shown;
    let onward = Onward::of(app, return_to).await;
    let email = if email.is_empty() { &onward.login_hint } else { email };
    let passkey = Question::new(app, at, &token.field, Ticket::Passkey);
    let page = SignIn {
        chrome: onward.frame(at.chrome(app)),
        onward: &onward,
        email,
        return_to,
        sign_in: return_to::carried("/sign-in", return_to),
        forgot_password: return_to::carried("/forgot-password", return_to),
        sign_up: return_to::carried("/sign-up", return_to),
        token: &token.field,
        passkey,
        done,
        errors,
    };
    onward.allow(form_token::with(page::private(status, &page), &token))
}
