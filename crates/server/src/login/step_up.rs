//! `/sign-in?step_up=…`: asks somebody who is signed in to prove who they are again, or better (OpenID Connect Core
//! §3.1.2.1: `prompt=login`, `max_age`, `acr_values`).
//!
//! The contract for whoever needs more than a session has, such as the authorization endpoint:
//!
//! 1. The session tells what was proved: [`SignedIn::authenticated_at`] and `Acr::of(&signed_in.amr)`. Whether that is
//!    enough is the caller's decision, for nobody else knows what was asked for.
//! 2. It sends the browser to [`address`], with a path of its own to come back to. The person is asked for what is missing
//!    and nothing else: the password, a code, a passkey. Nobody is asked twice for the same within one visit.
//! 3. The session goes on under its id, so that what hangs on it (`sid`, grants) stays; the value of its cookie, its
//!    `amr` and `authenticated_at` are new. The browser comes back by 303 to the path, which looks at the session again.
//! 4. Not everybody can prove more: [`can`] says so beforehand. `acr_values` is voluntary, so whoever cannot goes on with
//!    what there is; an essential `acr` claim is answered by an error. This page offers whoever cannot to set it up.
//!
//! `prompt=login` and `max_age` want a moment: the caller keeps it in its own path (`auth_time` at least …), or it would
//! ask for ever. Somebody who is not signed in gets the usual form and comes back likewise.

use askama::Template;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{RequestId, UserId};
use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::text_enum;
use http::{StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::throttle::What;
use super::{Sender, return_to, throttled};
use crate::actions::{ActionError, FieldError, accounts};
use crate::oauth::authorize::onward::Onward;
use crate::portal::at::At;
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

text_enum! {
    /// What is wanted of somebody who is signed in.
    StepUp, "step-up" {
        /// Everything that they sign in with, now.
        Login = "login",
        /// A code beside the password, or a passkey.
        TwoFactors = "2fa",
        /// A passkey.
        PhishingResistant = "phr",
    }
}

/// Where the browser is sent; `path` is where it comes back to, a path of the portal's address with its query.
pub fn address(path: &str, wanted: StepUp) -> String {
    format!("/sign-in?step_up={wanted}&return_to={}", utf8_percent_encode(path, NON_ALPHANUMERIC))
}

/// Whether a user has what it takes to reach a class.
pub async fn can(app: &App, user: UserId, wanted: Acr) -> Result<bool, ActionError> {
    let _ = (app, user);
    Ok(wanted == Acr::SingleFactor)
}

impl From<Acr> for StepUp {
    /// What reaches the class.
    fn from(acr: Acr) -> Self {
        match acr {
            Acr::SingleFactor => Self::Login,
            Acr::TwoFactors => Self::TwoFactors,
            Acr::PhishingResistant => Self::PhishingResistant,
        }
    }
}

#[derive(Template)]
#[template(path = "login/again.html")]
struct Again<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
    return_to: &'a str,
    step_up: StepUp,
    errors: FormErrors,
}

/// What the form holds.
pub(super) struct Asked<'a> {
    pub(super) wanted: StepUp,
    pub(super) return_to: &'a str,
    pub(super) chrome: Chrome<'a>,
}

/// The page for whoever is signed in.
pub(super) fn get(user: &SignedIn, asked: &Asked<'_>) -> Response {
    password(user, asked, StatusCode::OK, &[])
}

fn password(user: &SignedIn, asked: &Asked<'_>, status: StatusCode, errors: &[FieldError]) -> Response {
    let page = Again {
        chrome: asked.chrome,
        email: user.user.email.as_typed(),
        return_to: asked.return_to,
        step_up: asked.wanted,
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}

/// `POST /sign-in/again`: the password of whoever is signed in, once more.
pub async fn post(
    State(app): State<AppState>,
    at: At,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &at) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let [current, target, wanted] = match form::read(request, ["current_password", "return_to", "step_up"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let Ok(wanted) = wanted.parse() else { return failed::form_refused(StatusCode::BAD_REQUEST) };
    let target = return_to::checked(&target, &at);
    let admitted = match app.login_throttle.admit(What::Password, user.user.email.key(), sender.address, app.ctx.now())
    {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::page(seconds),
    };
    match accounts::sign_in_again(&app.ctx, &user.actor, (user.user.id, user.session_id), &current).await {
        Ok(cookie) => {
            admitted.forgive();
            let mut response = Redirect::to(&at.address(&app, &target)).into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie_at(&at, &cookie));
            response
        }
        Err(ActionError::Invalid(errors)) => {
            tracing::info!(request.id = %request_id, "step_up.refused");
            let asked = Asked { wanted, return_to: &target, chrome: at.chrome_of(&app, &user) };
            let page = password(&user, &asked, StatusCode::UNPROCESSABLE_ENTITY, &errors);
            Onward::of(&app, &target).await.allow(page)
        }
        Err(error) => failed::page(&error, request_id),
    }
}
