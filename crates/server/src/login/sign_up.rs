//! `/sign-up`. The answer is the same for an address that has an account; its owner gets a mail.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::StatusCode;
use serde::Deserialize;

use super::passkey::Here;
use super::throttle::What;
use super::{Sender, return_to, throttled};
use crate::actions::accounts::{self, SignUp};
use crate::actions::{ActionError, FieldError};
use crate::oauth::authorize::onward::Onward;
use crate::portal::at::At;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::Visitor;
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

/// The button of whoever wants a passkey and no password.
const BY_PASSKEY: &str = "passkey";

const CHECK_MAIL: &str = "/sign-up/check-mail";

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// Where to go afterwards.
    #[serde(default)]
    pub(super) return_to: String,
}

#[derive(Template)]
#[template(path = "login/sign_up.html")]
struct Page<'a> {
    chrome: Chrome<'static>,
    onward: &'a Onward,
    return_to: &'a str,
    /// For whoever has an account.
    sign_in: String,
    /// This page.
    sign_up: String,
    name: &'a str,
    email: &'a str,
    time_zone: &'a str,
    /// Whether browsers allow passkeys at the portal's address.
    here: Here,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "login/check_mail.html")]
struct CheckMail {
    chrome: Chrome<'static>,
    title: &'static str,
    /// The words before the address, for the address, and after it.
    lead: (&'static str, &'static str, &'static str),
    /// Where mails land on this machine.
    folder: Option<String>,
    again: (&'static str, &'static str),
}

/// The form.
pub async fn get(
    State(app): State<AppState>,
    Visitor(visitor): Visitor,
    Query(Wanted { return_to }): Query<Wanted>,
) -> Response {
    let return_to = return_to::kept(&return_to, &app.config.portal_url);
    match visitor {
        Some(_) => Redirect::to(&At::from_portal(&app, return_to.as_deref().unwrap_or("/"))).into_response(),
        None => form(&app, StatusCode::OK, &SignUp { return_to, ..SignUp::default() }, &[]).await,
    }
}

/// Makes the account.
pub async fn post(
    State(app): State<AppState>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let [name, email, password, time_zone, return_to, way] =
        match form::read(request, ["name", "email", "password", "time_zone", "return_to", "way"]).await {
            Ok(Form(fields)) => fields,
            Err(status) => return failed::form_refused(status),
        };
    let return_to = return_to::kept(&return_to, &app.config.portal_url);
    let password = (way != BY_PASSKEY).then_some(password);
    let input = SignUp { name, email, password, time_zone, return_to };
    let admitted = match app.login_throttle.admit(What::Mail, &input.email, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::page(seconds),
    };
    match accounts::sign_up(&app.ctx, &sender.actor("sign_up"), &input).await {
        Ok(()) => Redirect::to(CHECK_MAIL).into_response(),
        Err(ActionError::Invalid(errors)) => {
            admitted.take_back();
            form(&app, StatusCode::UNPROCESSABLE_ENTITY, &input, &errors).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// After the form.
pub async fn check_mail(State(app): State<AppState>) -> Response {
    let page = CheckMail {
        chrome: Chrome::public(Section::None),
        title: "Check your mail",
        lead: (
            "We have sent a mail to",
            "the address that you gave",
            ". The link in it finishes your account; it works for 24 hours.",
        ),
        folder: app.config.mail_folder_here(),
        again: ("/sign-up", "Sign up again"),
    };
    page::private(StatusCode::OK, &page)
}

/// After the form of a forgotten password.
pub(super) fn check_mail_for_reset(app: &App) -> Response {
    let page = CheckMail {
        chrome: Chrome::public(Section::None),
        title: "Check your mail",
        lead: (
            "If",
            "the address",
            " has an account, a mail is on its way. The link in it lets you choose a new password; it works for an hour.",
        ),
        folder: app.config.mail_folder_here(),
        again: ("/forgot-password", "Ask again"),
    };
    page::private(StatusCode::OK, &page)
}

/// What was typed stays, but for the password.
async fn form(app: &App, status: StatusCode, input: &SignUp, errors: &[FieldError]) -> Response {
    let return_to = input.return_to.as_deref();
    let onward = Onward::of(app, return_to.unwrap_or_default()).await;
    let page = Page {
        chrome: onward.frame(Chrome::public(Section::None)),
        onward: &onward,
        return_to: return_to.unwrap_or_default(),
        sign_in: return_to::sign_in(app, "", return_to),
        sign_up: return_to::with("/sign-up", return_to),
        name: &input.name,
        email: &input.email,
        time_zone: &input.time_zone,
        here: Here::of(app),
        errors: FormErrors::new(errors),
    };
    page::private(status, &page)
}
