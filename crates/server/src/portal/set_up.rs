//! `/set-up/{token}`: the first admin, by the link that the server printed at its start. The GET uses nothing up, so
//! that link scanners and previews do no harm; the POST uses the link up in one conditional statement.

use std::net::SocketAddr;

use askama::Template;
use axum::Extension;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::one_time_link::Standing;
use http::{HeaderValue, StatusCode, header};

use super::form::{self, Form};
use super::{csrf, failed, page};
use crate::actions::set_up::{self, FirstAdmin};
use crate::actions::{ActionError, Actor, ActorKind, FieldError};
use crate::error::sentence;
use crate::state::AppState;

const DONE: &str = "/set-up/done";

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUp<'a> {
    /// Host and path of the portal, as people say it.
    site: &'a str,
    email: &'a str,
    name: &'a str,
    errors: &'a [FieldError],
}

#[derive(Template)]
#[template(path = "set_up_over.html")]
struct Over {}

#[derive(Template)]
#[template(path = "set_up_done.html")]
struct Done {}

#[derive(Template)]
#[template(path = "form_refused.html")]
struct FormRefused {}

impl SetUp<'_> {
    /// What is wrong with a field.
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }
}

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
        return page::private(StatusCode::FORBIDDEN, &FormRefused {});
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string());
    let input = match form::read(request, ["email", "name", "password"]).await {
        Ok(Form([email, name, password])) => FirstAdmin { email, name, password },
        Err(status) => return page::private(status, &FormRefused {}),
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
pub async fn done() -> Response {
    page::private(StatusCode::OK, &Done {})
}

/// What was typed stays, but for the password.
fn form(app: &AppState, status: StatusCode, input: &FirstAdmin, errors: &[FieldError]) -> Response {
    let portal_url = app.config.portal_url.as_str();
    let site = portal_url.split_once("://").map_or(portal_url, |(_, rest)| rest);
    let sentence = |error: &FieldError| FieldError { message: sentence(&error.message), ..error.clone() };
    let errors: Vec<FieldError> = errors.iter().map(sentence).collect();
    page::private(status, &SetUp { site, email: &input.email, name: &input.name, errors: &errors })
}

/// Used, ended, replaced or never made: a stranger learns nothing more.
fn over() -> Response {
    let mut response = page::private(StatusCode::GONE, &Over {});
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
