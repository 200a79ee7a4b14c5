//! `/verify-email` tells a signed-in user to verify the address; `/verify-email/{token}` does it. The GET uses nothing
//! up, so that link scanners and previews do no harm.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::one_time_link::Purpose;
use http::StatusCode;
use serde::Deserialize;

use super::throttle::What;
use super::{Sender, throttled};
use crate::actions::{ActionError, accounts};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::visitor::{SignedIn, Visitor};
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

/// Where a user goes whose address is not verified.
pub const PATH: &str = "/verify-email";

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// What was done before.
    #[serde(default)]
    done: String,
}

#[derive(Template)]
#[template(path = "login/verify_first.html")]
struct First<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
    folder: Option<String>,
    sent_again: &'static str,
}

#[derive(Template)]
#[template(path = "login/verify_email.html")]
struct Press {
    chrome: Chrome<'static>,
}

#[derive(Template)]
#[template(path = "login/link_over.html")]
struct Over<'a> {
    chrome: Chrome<'a>,
    title: &'static str,
    again: (&'static str, &'static str),
}

/// Tells to verify, with a button for another mail.
pub async fn get(State(app): State<AppState>, user: SignedIn, Query(wanted): Query<Wanted>) -> Response {
    if user.user.is_verified() {
        return Redirect::to("/").into_response();
    }
    let sent_again = if wanted.done == "sent" { "Another mail is on its way." } else { "" };
    let chrome = Chrome::of(&user.user, user.unread, Section::None);
    page::private(
        StatusCode::OK,
        &First { chrome, email: user.user.email.as_typed(), folder: app.config.mail_folder_here(), sent_again },
    )
}

/// Sends another mail.
pub async fn post(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let (sender, _) = Sender::of(request, request_id);
    let email = user.user.email.key();
    if let Err(seconds) = app.login_throttle.admit(What::Mail, email, sender.address, app.ctx.now()) {
        return throttled::page(seconds);
    }
    match accounts::send_verification(&app.ctx, &user.actor, user.user.id).await {
        Ok(_) | Err(ActionError::Conflict { .. }) => Redirect::to("/verify-email?done=sent").into_response(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// The page of a link, with the button that uses it.
pub async fn get_link(
    State(app): State<AppState>,
    Visitor(visitor): Visitor,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match accounts::link_is_open(&app.ctx, Purpose::VerifyEmail, &token).await {
        Ok(true) => page::private(StatusCode::OK, &Press { chrome: Chrome::public(Section::None) }),
        Ok(false) => over(visitor.as_ref()),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Uses it.
pub async fn post_link(
    State(app): State<AppState>,
    Visitor(visitor): Visitor,
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
    match accounts::verify_email(&app.ctx, &sender.actor("verify_email"), &token).await {
        Ok(verified) => {
            let same = visitor.is_some_and(|user| user.user.id == verified.id);
            Redirect::to(if same { "/profile?done=verified" } else { "/sign-in?done=verified" }).into_response()
        }
        Err(ActionError::Conflict { .. }) => over(visitor.as_ref()),
        Err(error) => failed::page(&error, request_id),
    }
}

fn over(visitor: Option<&SignedIn>) -> Response {
    let chrome =
        visitor.map_or(Chrome::public(Section::None), |user| Chrome::of(&user.user, user.unread, Section::None));
    let again = match visitor {
        Some(_) => ("/verify-email", "Send another mail"),
        None => ("/sign-in", "Sign in to get another mail"),
    };
    page::private(StatusCode::GONE, &Over { chrome, title: "This link does not work", again })
}
