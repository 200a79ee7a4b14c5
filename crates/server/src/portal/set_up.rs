//! `/set-up/{token}`: the first admin, by the link that the server printed at its start. The GET uses nothing up, so
//! that link scanners and previews do no harm; the POST uses the link up in one conditional statement.

use std::net::SocketAddr;

use askama::Template;
use axum::Extension;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::one_time_link::Standing;
use http::StatusCode;

use super::chrome::{Chrome, Section};
use super::form::{self, Form};
use super::form_errors::FormErrors;
use super::{csrf, failed, page};
use crate::actions::set_up::{self, FirstAdmin};
use crate::actions::{ActionError, Actor, ActorKind, FieldError};
use crate::state::AppState;

const DONE: &str = "/set-up/done";

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUp<'a> {
    chrome: Chrome<'a>,
    /// Host and path of the portal, as people say it.
    site: &'a str,
    email: &'a str,
    name: &'a str,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "set_up_over.html")]
struct Over {
    chrome: Chrome<'static>,
}

#[derive(Template)]
#[template(path = "set_up_done.html")]
struct Done {
    chrome: Chrome<'static>,
    /// Mails land in a folder.
    has_no_mail_server: bool,
}

const CHROME: Chrome<'static> = Chrome::public(Section::None);

/// The form, or a page that says how to get another link.
pub async fn get(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    match set_up::standing(&app.ctx, &token).await {
        Ok(Some(Standing::Open)) => form(&app, StatusCode::OK, &FirstAdmin::default(), &[]),
        Ok(_) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// Makes the admin.
pub async fn post(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string());
    let input = match form::read(request, ["email", "name", "password"]).await {
        Ok(Form([email, name, password])) => FirstAdmin { email, name, password },
        Err(status) => return failed::form_refused(status),
    };
    // The action puts the new admin in the place of this name.
    let actor = Actor { kind: ActorKind::System("set_up"), request_id: Some(request_id), address: peer };
    match set_up::complete(&app.ctx, &actor, &token, &input).await {
        Ok(_) => Redirect::to(DONE).into_response(),
        Err(ActionError::Invalid(errors)) => form(&app, StatusCode::UNPROCESSABLE_ENTITY, &input, &errors),
        Err(ActionError::Conflict { .. }) => over(),
        Err(error) => failed::page(&error, request_id),
    }
}

/// After the form.
pub async fn done(State(app): State<AppState>) -> Response {
    let has_no_mail_server = app.config.mail.smtp.is_none();
    page::private(StatusCode::OK, &Done { chrome: CHROME, has_no_mail_server })
}

/// What was typed stays, but for the password.
fn form(app: &AppState, status: StatusCode, input: &FirstAdmin, errors: &[FieldError]) -> Response {
    let portal_url = app.config.portal_url.as_str();
    let site = portal_url.split_once("://").map_or(portal_url, |(_, rest)| rest);
    let errors = FormErrors::new(errors);
    page::private(status, &SetUp { chrome: CHROME, site, email: &input.email, name: &input.name, errors })
}

/// Used, ended, replaced or never made: a stranger learns nothing more.
fn over() -> Response {
    page::no_referrer(page::private(StatusCode::GONE, &Over { chrome: CHROME }))
}
