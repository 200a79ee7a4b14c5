//! `/profile/two-step/app`: sets an authenticator app up. The seed is nowhere but on the page until its first code has
//! come back.

use askama::Template;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use fast_qr::{ECL, QRBuilder};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::totp::Seed;
use gatehouse_core::jose::{base64url, from_base64url};
use http::{HeaderMap, StatusCode, header};

use super::{PATH, codes};
use crate::actions::factors::ticket::{self, Ticket};
use crate::actions::factors::{self, Enrolment};
use crate::actions::{ActionError, FieldError};
use crate::login::form_token::{self, FormToken};
use crate::login::passkey::presented;
use crate::login::password_first::WithPassword;
use crate::login::throttle::What;
use crate::login::{Sender, throttled};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::{self, SignedIn};
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

/// Empty modules around the symbol (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

#[derive(Template)]
#[template(path = "login/set_up_app.html")]
struct SetUp<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
    /// The side of the symbol in modules, and its dark ones as a path.
    side: usize,
    path: String,
    /// What the symbol says, for an app on the same device.
    uri: String,
    /// In groups of four.
    secret: String,
    ticket: &'a str,
    token: &'a str,
    errors: FormErrors,
}

/// The page, with a new seed; whoever has an app is told so.
pub async fn get(
    State(app): State<AppState>,
    WithPassword(user): WithPassword,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    match factors::list(&app.ctx, user.user.id).await {
        Ok(factors) if factors.app.is_some() => Redirect::to(PATH).into_response(),
        Ok(_) => {
            let seed = factors::new_seed(&app.ctx);
            show(&app, &headers, (&user, request_id), (&seed, &[]))
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// Sets it up, and shows the recovery codes.
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
    let [code, password, ticket, token] =
        match form::read(request, ["code", "current_password", "ticket", "token"]).await {
            Ok(Form(fields)) => fields,
            Err(status) => return failed::form_refused(status),
        };
    let Some(seed) = seed_of(&app, &headers, &user, (&token, &ticket)) else {
        let error = FieldError::new("code", "over", "this page was open for too long: here is a new code to scan");
        let seed = factors::new_seed(&app.ctx);
        return show(&app, &headers, (&user, request_id), (&seed, &[error]));
    };
    if code.trim().is_empty() {
        return show(&app, &headers, (&user, request_id), (&seed, &[factors::no_code()]));
    }
    let admitted = match app.login_throttle.admit(What::Password, user.user.email.key(), sender.address, app.ctx.now())
    {
        Ok(admitted) => admitted,
        Err(seconds) => return throttled::within(user.chrome(Section::None), seconds),
    };
    let enrolment = Enrolment { session: user.session_id, seed, code, password };
    match factors::enable_app(&app.ctx, &user.actor, user.user.id, &enrolment).await {
        Ok(gained) => {
            admitted.forgive();
            let mut response = codes(&user, &gained.codes);
            response.headers_mut().append(header::SET_COOKIE, visitor::cookie(&app, &gained.cookie));
            response
        }
        Err(ActionError::Invalid(errors)) => show(&app, &headers, (&user, request_id), (&enrolment.seed, &errors)),
        Err(error) => failed::page(&error, request_id),
    }
}

/// What the page of this user and browser showed.
fn seed_of(app: &App, headers: &HeaderMap, user: &SignedIn, sent: (&str, &str)) -> Option<Seed> {
    match presented((app, &app.config.portal_url, headers), sent)?.ticket {
        Ticket::Seed { user: whose, seed } if whose == user.user.id => Seed::from_slice(&from_base64url(&seed)?),
        _ => None,
    }
}

fn show(
    app: &App,
    headers: &HeaderMap,
    (user, request_id): (&SignedIn, RequestId),
    (seed, errors): (&Seed, &[FieldError]),
) -> Response {
    let token = FormToken::of(headers, &app.config.portal_url, app.ctx.random());
    let content = Ticket::Seed { user: user.user.id, seed: base64url(seed.as_bytes()) };
    let ticket = match ticket::issue(&app.ctx, &token.field, content) {
        Ok(ticket) => ticket,
        Err(error) => return failed::page(&error, request_id),
    };
    let email = user.user.email.as_typed();
    let uri = seed.uri("Gatehouse", email).to_string();
    let (side, path) = symbol(&uri);
    let text = seed.base32();
    let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    let page = SetUp {
        chrome: user.chrome(Section::None),
        email,
        side,
        path,
        uri,
        secret: groups.join(" "),
        ticket: &ticket,
        token: &token.field,
        errors: FormErrors::new(errors),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    form_token::with(page::private(status, &page), &token)
}

/// A QR code as a path of squares; without one for an address that is too long, since the secret stands beside it.
fn symbol(text: &str) -> (usize, String) {
    let Ok(code) = QRBuilder::new(text).ecl(ECL::M).build() else { return (0, String::new()) };
    let mut path = String::new();
    for y in 0..code.size {
        for x in 0..code.size {
            if code[y][x].value() {
                path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
            }
        }
    }
    (code.size + 2 * QUIET, path)
}
