//! The page of the link to an account that was made without a password: a passkey, or a password after all.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::passkey::Registration;
use gatehouse_core::jose::from_base64url;
use http::{HeaderMap, StatusCode, header};

use super::form_token::{self, FormToken};
use super::passkey::{Making, presented};
use super::{Sender, sign_in, verify_email};
use crate::actions::accounts::{self, Followed, Means};
use crate::actions::factors::Made;
use crate::actions::factors::ticket::Ticket;
use crate::actions::{ActionError, FieldError};
use crate::oauth::authorize::onward::Onward;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{failed, page};
use crate::state::App;

/// What its forms send: one of them a passkey, the other one a password.
pub(super) const FIELDS: [&str; 6] = ["name", "client_data", "attestation", "ticket", "token", "password"];

#[derive(Template)]
#[template(path = "login/finish_sign_up.html")]
struct Page<'a> {
    chrome: Chrome<'static>,
    onward: &'a Onward,
    email: &'a str,
    /// `None` where passkeys do not work.
    making: Option<Making>,
    name: &'a str,
    token: &'a str,
    errors: FormErrors,
}

/// The page.
pub(super) async fn show(
    (app, headers): (&App, &HeaderMap),
    of: &Followed,
    (name, errors): (&str, &[FieldError]),
) -> Response {
    let token = FormToken::of(headers, &app.config.portal_url, app.ctx.random());
    let onward = Onward::of(app, of.return_to.as_deref().unwrap_or_default()).await;
    let page = Page {
        chrome: onward.frame(Chrome::public(Section::None)),
        onward: &onward,
        email: of.user.email.as_typed(),
        making: Making::new(app, &token.field, of.user.id, &[]),
        name,
        token: &token.field,
        errors: FormErrors::new(errors),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    onward.allow_from_portal(app, form_token::with(page::private(status, &page), &token))
}

/// Keeps what was chosen and signs in; `before` is whoever was signed in here.
pub(super) async fn post(
    (app, headers): (&App, &HeaderMap),
    (of, token_of_link): (&Followed, &str),
    [name, client_data, attestation, ticket, token, password]: [String; 6],
    (sender, before): (&Sender, Option<&SignedIn>),
) -> Response {
    let again = async |errors: &[FieldError]| show((app, headers), of, (&name, errors)).await;
    let bytes = |text: &str| from_base64url(text).unwrap_or_default();
    let at = app.config.portal_url.as_str();
    let (field, means) = if attestation.is_empty() {
        ("password", form_token::matches(headers, at, &token).then_some(Means::Password(password)))
    } else {
        let ticket = presented((app, at, headers), (&token, &ticket));
        let ticket = ticket.filter(|given| given.ticket == Ticket::NewPasskey { user: of.user.id });
        let answer = Registration { client_data: bytes(&client_data), attestation: bytes(&attestation) };
        ("name", ticket.map(|ticket| Means::Passkey(Made { name: name.clone(), answer, ticket })))
    };
    let Some(means) = means else {
        return again(&[FieldError::new(field, "over", "this page was open for too long: try once more")]).await;
    };
    let (actor, device) = (sender.actor("sign_up"), sender.device.clone());
    match accounts::finish_sign_up(&app.ctx, &actor, (token_of_link, &of.user), means, device).await {
        Ok((followed, cookie)) => {
            if let Some(before) = before {
                sign_in::end_before(app, before).await;
            }
            let mut response = Redirect::to(&verify_email::next(app, followed)).into_response();
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie(app, &cookie));
            response
        }
        Err(ActionError::Invalid(errors)) => again(&errors).await,
        Err(ActionError::Conflict { .. }) => verify_email::over(before),
        Err(error) => failed::page(&error, RequestId::new(app.ctx.now(), app.ctx.random())),
    }
}
