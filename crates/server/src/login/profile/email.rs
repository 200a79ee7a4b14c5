//! `/profile/email` asks for a change of address; `/profile/email/{token}`, from the mail to the new one, makes it. The
//! GET uses nothing up, so that link scanners and previews do no harm.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::email::Email;
use http::{StatusCode, header};

use super::Wanted;
use crate::actions::accounts::{self, EmailChange};
use crate::actions::{ActionError, FieldError};
use crate::login::password_first::WithPassword;
use crate::login::throttle::What;
use crate::login::{Sender, link_over, throttled};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "login/change_email.html")]
struct Change<'a> {
    chrome: Chrome<'a>,
    present: &'a str,
    /// The address whose link was not used yet.
    pending: Option<Email>,
    email: &'a str,
    /// A sentence about what was done before; may be empty.
    done: &'static str,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "login/confirm_email.html")]
struct Confirm<'a> {
    chrome: Chrome<'a>,
    present: &'a str,
    email: &'a str,
}

/// The form.
pub async fn get(
    State(app): State<AppState>,
    WithPassword(user): WithPassword,
    Query(wanted): Query<Wanted>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let done = match wanted.done.as_str() {
        "sent" => "A link is on its way to the new address. Your address changes when you use it.",
        "cancelled" => "The change is cancelled. Your address stays as it is.",
        _ => "",
    };
    show(&app, &user, request_id, Shown { status: StatusCode::OK, email: "", done, errors: &[] }).await
}

/// Sends the link to the new address.
pub async fn post(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    let [email, password] = match form::read(request, ["email", "current_password"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let change = match check(&app, &user, &sender, (&email, &password)).await {
        Ok(change) => change,
        Err(Stopped::Throttled(seconds)) => return throttled::within(user.chrome(Section::None), seconds),
        Err(Stopped::Action(ActionError::Invalid(errors))) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show(&app, &user, request_id, Shown { status, email: &email, done: "", errors: &errors }).await;
        }
        Err(Stopped::Action(error)) => return failed::page(&error, request_id),
    };
    match accounts::request_email_change(&app.ctx, &user.actor, change).await {
        Ok(()) => Redirect::to("/profile/email?done=sent").into_response(),
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

/// Takes the change back.
pub async fn cancel(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    match accounts::cancel_email_change(&app.ctx, &user.actor, user.user.id).await {
        Ok(()) => Redirect::to("/profile/email?done=cancelled").into_response(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// The page of a link, with the button that uses it.
pub async fn get_link(
    State(app): State<AppState>,
    user: SignedIn,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match accounts::email_change_of(&app.ctx, user.user.id, &token).await {
        Ok(email) => {
            let (present, email) = (user.user.email.as_typed(), email.as_typed());
            page::private(StatusCode::OK, &Confirm { chrome: user.chrome(Section::None), present, email })
        }
        Err(error) => not_done(&error, request_id, &user),
    }
}

/// Uses it; this browser goes on with a new session.
pub async fn post_link(
    State(app): State<AppState>,
    user: SignedIn,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, request) = Sender::of(request, request_id);
    if let Err(status) = form::read(request, []).await.map(|Form([])| ()) {
        return failed::form_refused(status);
    }
    let whose = (user.user.id, user.session_id);
    match accounts::confirm_email_change(&app.ctx, &user.actor, whose, &token, sender.device).await {
        Ok(opened) => {
            let mut response = Redirect::to("/profile?done=email").into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie(&app, &opened.cookie));
            response
        }
        Err(error) => not_done(&error, request_id, &user),
    }
}

/// Why there is nothing to ask for.
enum Stopped {
    Throttled(u32),
    Action(ActionError),
}

/// Guesses of the password are counted first, mails (to either address) only for whoever knows it.
async fn check(app: &AppState, user: &SignedIn, sender: &Sender, typed: (&str, &str)) -> Result<EmailChange, Stopped> {
    let (present, now) = (user.user.email.key(), app.ctx.now());
    let guess = app.login_throttle.admit(What::Password, present, sender.address, now).map_err(Stopped::Throttled)?;
    let checked = accounts::check_email_change(&app.ctx, user.user.id, typed).await;
    if checked.as_ref().err().is_none_or(|error| !is_about_password(error)) {
        guess.forgive();
    }
    let change = checked.map_err(Stopped::Action)?;
    for account in [present, change.email.key()] {
        app.login_throttle.admit(What::Mail, account, sender.address, now).map_err(Stopped::Throttled)?;
    }
    Ok(change)
}

fn is_about_password(error: &ActionError) -> bool {
    matches!(error, ActionError::Invalid(errors) if errors.iter().any(|error| error.field == "current_password"))
}

/// What differs between one showing of the form and the next.
struct Shown<'a> {
    status: StatusCode,
    email: &'a str,
    done: &'static str,
    errors: &'a [FieldError],
}

async fn show(app: &AppState, user: &SignedIn, request_id: RequestId, shown: Shown<'_>) -> Response {
    let pending = match accounts::pending_email(&app.ctx, user.user.id).await {
        Ok(pending) => pending,
        Err(error) => return failed::page(&error, request_id),
    };
    let page = Change {
        chrome: user.chrome(Section::None),
        present: user.user.email.as_typed(),
        pending,
        email: shown.email,
        done: shown.done,
        errors: FormErrors::new(shown.errors),
    };
    page::private(shown.status, &page)
}

fn not_done(error: &ActionError, request_id: RequestId, user: &SignedIn) -> Response {
    if !matches!(error, ActionError::Conflict { code: "link_over", .. }) {
        return failed::refused(error, request_id, user.chrome(Section::None));
    }
    let again = ("/profile/email", "Ask for another link");
    let chrome = user.chrome(Section::None);
    link_over::page(chrome, again)
}
