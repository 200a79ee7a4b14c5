//! `/sign-in/code`: the second step, for whoever has an authenticator app.
//!
//! Between the steps there is no session. A cookie holds a sealed ticket that says whose password was right; it is good
//! for this browser, for a quarter of an hour, and for one success.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::form_token::{self, FormToken};
use super::passkey::presented;
use super::throttle::What;
use super::{Sender, return_to, sign_in, throttled, verify_email};
use crate::actions::factors::ticket::{self, Entry, Ticket};
use crate::actions::factors::{self, Entered};
use crate::actions::{ActionError, FieldError};
use crate::oauth::authorize::onward::Onward;
use crate::portal::at::At;
use crate::portal::chrome::Chrome;
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, Visitor};
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

/// Holds the ticket.
const COOKIE: &str = "gatehouse-step";

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// Where to go afterwards.
    #[serde(default)]
    return_to: String,
}

#[derive(Template)]
#[template(path = "login/code.html")]
struct Code<'a> {
    chrome: Chrome<'a>,
    onward: &'a Onward,
    return_to: &'a str,
    token: &'a str,
    errors: FormErrors,
}

/// On to the second step.
pub(super) fn ask(
    app: &App,
    at: &At,
    (browser, ticket): (&str, Ticket),
    target: &str,
) -> Result<Response, ActionError> {
    let sealed = ticket::issue(&app.ctx, browser, ticket)?;
    let path = format!("/sign-in/code?return_to={}", utf8_percent_encode(target, NON_ALPHANUMERIC));
    let mut response = Redirect::to(&path).into_response();
    let more = format!("; Max-Age={}", ticket::LIFETIME.as_secs());
    response.headers_mut().append(header::SET_COOKIE, set_cookie(at, &sealed, &more));
    Ok(response)
}

/// The form; whoever has not given a password yet does so first.
pub async fn get(State(app): State<AppState>, at: At, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Response {
    let target = return_to::checked(&wanted.return_to, &at);
    if kept(&app, &at, &headers).is_none() {
        return to_the_start(&target);
    }
    show((&app, &at, &headers), StatusCode::OK, (&target, &[])).await
}

/// Signs in by the code.
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
    let [code, target, token] = match form::read(request, ["code", "return_to", "token"]).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let target = return_to::checked(&target, &at);
    let ticket = kept(&app, &at, &headers).and_then(|text| presented((&app, &at, &headers), (&token, text)));
    let Some(ticket) = ticket else { return to_the_start(&target) };
    let Ticket::Code { user, entry, .. } = &ticket.ticket else { return to_the_start(&target) };
    if code.trim().is_empty() {
        let error = factors::no_code();
        return show((&app, &at, &headers), StatusCode::UNPROCESSABLE_ENTITY, (&target, &[error])).await;
    }
    let (account, before) = (user.to_string(), visitor.filter(|_| *entry == Entry::New));
    let admitted = match app.login_throttle.admit(What::Code, &account, sender.address, app.ctx.now()) {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::on_the_way((&app, &at), &target, seconds).await,
    };
    match factors::second_step(&app.ctx, &sender.actor("sign_in"), ticket, &code, sender.device.clone()).await {
        Ok(Some(done)) => {
            admitted.forgive();
            if let Some(before) = before {
                sign_in::end_before(&app, &before).await;
            }
            entered(&app, &at, &done, &target).await
        }
        Ok(None) => {
            tracing::info!(request.id = %request_id, "sign_in.code_refused");
            let error = factors::wrong_code(&code);
            show((&app, &at, &headers), StatusCode::UNPROCESSABLE_ENTITY, (&target, &[error])).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// On with the session; whoever has an address to verify is told so first.
pub(super) async fn entered(app: &App, at: &At, done: &Entered, target: &str) -> Response {
    // An authorization request has words of its own for it, and the page of the link does it.
    let goes_on = done.user.is_verified() || verify_email::is_link(target) || Onward::of(app, target).await.is_known();
    let to = at.address(app, if goes_on { target } else { verify_email::PATH });
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().append(header::SET_COOKIE, visitor::cookie_at(at, &done.cookie));
    response.headers_mut().append(header::SET_COOKIE, set_cookie(at, "", "; Max-Age=0"));
    response
}

/// The ticket of this browser, when it is still good.
fn kept<'a>(app: &App, at: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    let text = visitor::presented(headers, &visitor::named(COOKIE, at))?;
    let browser = form_token::browser(headers, at)?;
    ticket::read(&app.ctx, &browser, text).map(|_| text)
}

fn to_the_start(target: &str) -> Response {
    Redirect::to(&format!("/sign-in?return_to={}", utf8_percent_encode(target, NON_ALPHANUMERIC))).into_response()
}

fn set_cookie(at: &str, value: &str, more: &str) -> HeaderValue {
    visitor::set_named(&visitor::named(COOKIE, at), value, more)
}

async fn show(
    (app, at, headers): (&App, &At, &HeaderMap),
    status: StatusCode,
    (target, errors): (&str, &[FieldError]),
) -> Response {
    let token = FormToken::of(headers, at, app.ctx.random());
    let errors = FormErrors::new(errors);
    let onward = Onward::of(app, target).await;
    let chrome = onward.frame(at.chrome(app));
    let page = Code { chrome, onward: &onward, return_to: target, token: &token.field, errors };
    onward.allow(form_token::with(page::private(status, &page), &token))
}
