//! `/verify-email` tells a signed-in user to verify the address; `/verify-email/{token}` does it. The GET uses nothing
//! up, so that link scanners and previews do no harm.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::Purpose;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::throttle::What;
use super::{Sender, finish_sign_up, link_over, return_to, throttled};
use crate::actions::ActionError;
use crate::actions::accounts::{self, Followed};
use crate::oauth::authorize::onward::Onward;
use crate::portal::at::At;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::visitor::{SignedIn, Visitor};
use crate::portal::{csrf, failed, page};
use crate::state::{App, AppState};

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
struct Press<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
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
        return throttled::within(user.chrome(Section::None), seconds);
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
    headers: HeaderMap,
) -> Response {
    match accounts::unfinished(&app.ctx, &token).await {
        Ok(Some(of)) => return finish_sign_up::show((&app, &headers), &of, ("", &[])).await,
        Ok(None) => {}
        Err(error) => return failed::page(&error, request_id),
    }
    let Some(user) = visitor else { return sign_in_first(&app, &token, request_id).await };
    match accounts::verification_of(&app.ctx, user.user.id, &token).await {
        Ok(return_to) => {
            let onward = Onward::of(&app, &return_to.unwrap_or_default()).await;
            let chrome = user.chrome(Section::None);
            onward.allow_from_portal(
                &app,
                page::private(StatusCode::OK, &Press { chrome, email: user.user.email.as_typed() }),
            )
        }
        Err(ActionError::Conflict { .. }) => over(Some(&user)),
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
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
    let headers = request.headers().clone();
    let (sender, request) = Sender::of(request, request_id);
    let fields = match form::read(request, finish_sign_up::FIELDS).await {
        Ok(Form(fields)) => fields,
        Err(status) => return failed::form_refused(status),
    };
    match accounts::unfinished(&app.ctx, &token).await {
        Ok(Some(of)) => {
            let who = (&sender, visitor.as_ref());
            return finish_sign_up::post((&app, &headers), (&of, &token), fields, who).await;
        }
        Ok(None) => {}
        Err(error) => return failed::page(&error, request_id),
    }
    let Some(user) = visitor else { return sign_in_first(&app, &token, request_id).await };
    match accounts::verify_email(&app.ctx, &user.actor, &token).await {
        Ok(followed) => Redirect::to(&next(&app, followed)).into_response(),
        Err(ActionError::Conflict { .. }) => over(Some(&user)),
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

/// In a browser that knows nobody, such as that of another device.
async fn sign_in_first(app: &App, token: &str, request_id: RequestId) -> Response {
    match accounts::open_link(&app.ctx, Purpose::VerifyEmail, token).await {
        Ok(Some(_)) => {
            let back = format!("{PATH}/{token}");
            Redirect::to(&return_to::with("/sign-in?done=verify", Some(&back))).into_response()
        }
        Ok(None) => over(None),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Whether a path is the page of a link, which only whoever has signed in sees.
pub(super) fn is_link(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.starts_with('/'))
}

/// The address to which the link of a path was mailed.
pub(super) async fn addressee(app: &App, path: &str) -> Option<Email> {
    let token = path.strip_prefix(PATH)?.strip_prefix('/')?;
    let link = accounts::open_link(&app.ctx, Purpose::VerifyEmail, token).await.ok()??;
    accounts::addressee(&app.ctx, &link).await
}

pub(super) fn next(app: &App, followed: Followed) -> String {
    let return_to = followed.return_to.and_then(|path| return_to::kept(&path, &app.config.portal_url));
    return_to.map_or_else(|| "/?done=verified".to_owned(), |path| At::from_portal(app, &path))
}

pub(super) fn over(visitor: Option<&SignedIn>) -> Response {
    let chrome =
        visitor.map_or(Chrome::public(Section::None), |user| Chrome::of(&user.user, user.unread, Section::None));
    let again = match visitor {
        Some(user) if user.user.is_verified() => ("/", "Your address is verified: go on"),
        Some(_) => ("/verify-email", "Send another mail"),
        None => ("/sign-in", "Sign in to get another mail"),
    };
    link_over::page(chrome, again)
}
