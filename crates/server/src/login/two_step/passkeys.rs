//! `/profile/passkeys`: makes a passkey. A script asks the browser; without it, or where the browser knows none, the page
//! says so.

use askama::Template;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::passkey::Registration;
use gatehouse_core::jose::from_base64url;
use http::{HeaderMap, StatusCode, header};

use super::PATH;
use crate::actions::factors::ticket::Ticket;
use crate::actions::factors::{self, Made, NewPasskey};
use crate::actions::{ActionError, FieldError};
use crate::login::form_token::{self, FormToken};
use crate::login::passkey::{Making, presented};
use crate::login::password_first::WithPassword;
use crate::login::throttle::What;
use crate::login::{Sender, throttled};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

const FIELDS: [&str; 6] = ["name", "current_password", "client_data", "attestation", "ticket", "token"];

#[derive(Template)]
#[template(path = "login/add_passkey.html")]
struct AddPasskey<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
    name: &'a str,
    making: Making,
    token: &'a str,
    errors: FormErrors,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    WithPassword(user): WithPassword,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    show(&app, &headers, (&user, request_id), ("", &[])).await
}

/// Keeps the passkey that the browser has made.
pub async fn post(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let headers = request.headers().clone();
    let (sender, request) = Sender::of(request, request_id);
    let [name, password, client_data, attestation, ticket, token] = match form::read(request, FIELDS).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let who = (&user, request_id);
    let ticket = presented((&app, &app.config.portal_url, &headers), (&token, &ticket));
    let Some(ticket) = ticket.filter(|given| given.ticket == Ticket::NewPasskey { user: user.user.id }) else {
        let error = FieldError::new("name", "over", "this page was open for too long: try once more");
        return show(&app, &headers, who, (&name, &[error])).await;
    };
    let admitted = match app.login_throttle.admit(What::Password, user.user.email.key(), sender.address, app.ctx.now())
    {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::within(user.chrome(Section::None), seconds),
    };
    let bytes = |text: &str| from_base64url(text).unwrap_or_default();
    let answer = Registration { client_data: bytes(&client_data), attestation: bytes(&attestation) };
    let (session, amr) = (user.session_id, user.amr.clone());
    let made = Made { name: name.clone(), answer, ticket };
    let new = NewPasskey { session, amr, password, made };
    match factors::add_passkey(&app.ctx, &user.actor, user.user.id, new).await {
        Ok(gained) => {
            admitted.forgive();
            let mut response = Redirect::to(&format!("{PATH}?done=passkey-added")).into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie(&app, &gained.cookie));
            response
        }
        Err(ActionError::Invalid(errors)) => show(&app, &headers, who, (&name, &errors)).await,
        Err(ActionError::Conflict { message, .. }) => {
            let error = FieldError::new("name", "conflict", message);
            show(&app, &headers, who, (&name, &[error])).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}

async fn show(
    app: &App,
    headers: &HeaderMap,
    (user, request_id): (&SignedIn, RequestId),
    (name, errors): (&str, &[FieldError]),
) -> Response {
    let factors = match factors::list(&app.ctx, user.user.id).await {
        Ok(factors) => factors,
        Err(error) => return failed::page(&error, request_id),
    };
    let token = FormToken::of(headers, &app.config.portal_url, app.ctx.random());
    let Some(making) = Making::new(app, &token.field, user.user.id, &factors.passkeys) else {
        return Redirect::to(PATH).into_response();
    };
    let page = AddPasskey {
        chrome: user.chrome(Section::None),
        email: user.user.email.as_typed(),
        name,
        making,
        token: &token.field,
        errors: FormErrors::new(errors),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    form_token::with(page::private(status, &page), &token)
}
