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
use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::text_enum;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::form_token::{self, FormToken};
use super::passkey::Question;
use super::throttle::What;
use super::{Sender, code, return_to, throttled};
use crate::actions::accounts::{self, Again as PasswordAgain};
use crate::actions::factors::ticket::Ticket;
use crate::actions::factors::{Factors, Password};
use crate::actions::{ActionError, FieldError, factors};
use crate::oauth::authorize::account::Another;
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
    let reaches = factors::list(&app.ctx, user).await?.reaches();
    // Passkeys are bound to the portal's host, and an issuer elsewhere asks on a host of its own.
    let elsewhere = app.config.issuer_url != app.config.portal_url;
    Ok(reaches >= wanted && !(elsewhere && wanted == Acr::PhishingResistant))
}

impl StepUp {
    /// Whether somebody with these factors can do it.
    fn is_possible(self, factors: &Factors) -> bool {
        match self {
            Self::Login => true,
            Self::TwoFactors => factors.reaches() >= Acr::TwoFactors,
            Self::PhishingResistant => factors.reaches() >= Acr::PhishingResistant,
        }
    }
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
    onward: &'a Onward,
    /// For going on to an application as somebody else.
    another: Option<Another>,
    email: &'a str,
    return_to: &'a str,
    forgot_password: String,
    step_up: StepUp,
    token: &'a str,
    way: Way,
    passkey: Option<Question>,
    errors: FormErrors,
}

/// What the page asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The password, or a passkey where there is one.
    Password,
    /// A passkey alone.
    Passkey,
    /// The user has nothing that would do.
    Nothing,
}

impl Again<'_> {
    fn wants_password(&self) -> bool {
        self.way == Way::Password
    }

    fn is_possible(&self) -> bool {
        self.way != Way::Nothing
    }
}

/// What is wanted, and where to go afterwards.
pub(super) struct Asked<'a> {
    pub(super) wanted: StepUp,
    pub(super) return_to: &'a str,
}

/// Asks whoever is signed in for what is missing.
pub(super) async fn get(of: (&App, &At, &HeaderMap), user: &SignedIn, asked: &Asked<'_>) -> Response {
    let (app, at, headers) = of;
    let by_password = user.amr.contains(&AuthenticationMethod::Password);
    if let (StepUp::TwoFactors, true, Some(browser)) = (asked.wanted, by_password, form_token::browser(headers, at)) {
        let asking = accounts::code_alone(&app.ctx, user.user.id, user.session_id).await;
        let ask = |ticket: Ticket| code::ask(app, at, (&browser, ticket), asked.return_to);
        match asking.and_then(|ticket| ticket.map(ask).transpose()) {
            Ok(Some(response)) => return response,
            Ok(None) => {}
            Err(error) => return internal(app, &error),
        }
    }
    show(of, user, (asked, &[])).await
}

/// The page; with errors after a try that failed.
pub(super) async fn show(
    (app, at, headers): (&App, &At, &HeaderMap),
    user: &SignedIn,
    (asked, errors): (&Asked<'_>, &[FieldError]),
) -> Response {
    let factors = match factors::list(&app.ctx, user.user.id).await {
        Ok(factors) => factors,
        Err(error) => return internal(app, &error),
    };
    let token = FormToken::of(headers, at, app.ctx.random());
    let asks = asked.wanted.is_possible(&factors) && !factors.passkeys.is_empty();
    let passkey = if asks { Question::new(app, at, &token.field, Ticket::Passkey) } else { None };
    let way = match asked.wanted {
        StepUp::Login if factors.password == Password::Set => Way::Password,
        StepUp::TwoFactors if factors.app.is_some() => Way::Password,
        _ if passkey.is_some() => Way::Passkey,
        // They choose a password, by the link for forgotten ones.
        StepUp::Login => Way::Password,
        StepUp::TwoFactors | StepUp::PhishingResistant => Way::Nothing,
    };
    let (onward, another) = Another::of(app, asked.return_to, user).await;
    let page = Again {
        chrome: onward.frame(at.chrome_of(app, user)),
        onward: &onward,
        another,
        email: user.user.email.as_typed(),
        return_to: asked.return_to,
        forgot_password: return_to::carried("/forgot-password", asked.return_to),
        step_up: asked.wanted,
        token: &token.field,
        way,
        passkey,
        errors: FormErrors::new(errors),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    onward.allow(form_token::with(page::private(status, &page), &token))
}

fn internal(app: &App, error: &ActionError) -> Response {
    failed::page(error, RequestId::new(app.ctx.now(), app.ctx.random()))
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
    let headers = request.headers().clone();
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
        Err(seconds) => {
            let onward = Onward::of(&app, &target).await;
            return throttled::within(onward.frame(at.chrome_of(&app, &user)), seconds);
        }
    };
    let browser = form_token::browser(&headers, &at).unwrap_or_default();
    let again = accounts::sign_in_again(&app.ctx, &user.actor, (user.user.id, user.session_id), &current).await;
    let answer = again.and_then(|again| match again {
        PasswordAgain::Renewed(cookie) => {
            let mut response = Redirect::to(&at.address(&app, &target)).into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie_at(&at, &cookie));
            Ok(response)
        }
        PasswordAgain::CodeWanted(ticket) => code::ask(&app, &at, (&browser, ticket), &target),
    });
    match answer {
        Ok(response) => {
            admitted.forgive();
            response
        }
        Err(ActionError::Invalid(errors)) => {
            tracing::info!(request.id = %request_id, "step_up.refused");
            show((&app, &at, &headers), &user, (&Asked { wanted, return_to: &target }, &errors)).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}
