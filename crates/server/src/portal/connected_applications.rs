//! `/connected-applications`: what a customer has let applications do, and *Disconnect*.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{ApplicationId, RequestId};
use gatehouse_core::portal::scope::Sensitivity;
use http::StatusCode;
use serde::Deserialize;

use super::chrome::{Chrome, Section};
use super::moment::Moment;
use super::visitor::SignedIn;
use super::{csrf, failed, page};
use crate::actions::ActionError;
use crate::actions::connected_applications::{self, Connected};
use crate::state::{App, AppState};

/// What may stand behind the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    done: String,
}

#[derive(Template)]
#[template(path = "connected_applications/list.html")]
struct List<'a> {
    chrome: Chrome<'a>,
    lines: Vec<Line<'a>>,
    done: &'static str,
}

#[derive(Template)]
#[template(path = "connected_applications/disconnect.html")]
struct Disconnect<'a> {
    chrome: Chrome<'a>,
    line: Line<'a>,
}

struct Line<'a> {
    id: String,
    name: &'a str,
    publisher: &'a str,
    scopes: Vec<(&'a str, &'static str)>,
    since: Moment,
    last_used: Option<Moment>,
}

impl<'a> Line<'a> {
    fn new(app: &App, user: &SignedIn, connected: &'a Connected) -> Self {
        let moment = |at| Moment::new(at, app.ctx.now(), &user.user.time_zone);
        let mark = |sensitivity| match sensitivity {
            Sensitivity::Restricted => "Very sensitive",
            Sensitivity::Sensitive => "Sensitive",
            Sensitivity::Normal => "",
        };
        Self {
            id: connected.application.id.to_string(),
            name: &connected.application.name,
            publisher: &connected.publisher,
            scopes: connected.scopes.iter().map(|one| (one.sentence.as_str(), mark(one.sensitivity))).collect(),
            since: moment(connected.since),
            last_used: connected.last_used_at.map(moment),
        }
    }
}

/// The list.
pub async fn get(
    State(app): State<AppState>,
    user: SignedIn,
    Query(wanted): Query<Wanted>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let connected = match connected_applications::list(&app.ctx, &user.actor, user.user.id).await {
        Ok(connected) => connected,
        Err(error) => return failed::page(&error, request_id),
    };
    let list = List {
        chrome: user.chrome(Section::None),
        lines: connected.iter().map(|one| Line::new(&app, &user, one)).collect(),
        done: if wanted.done == "disconnected" { "The application is disconnected." } else { "" },
    };
    page::private(StatusCode::OK, &list)
}

/// Asks.
pub async fn confirm(
    State(app): State<AppState>,
    user: SignedIn,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let connected = match connected_applications::list(&app.ctx, &user.actor, user.user.id).await {
        Ok(connected) => connected,
        Err(error) => return failed::page(&error, request_id),
    };
    match connected.iter().find(|one| one.application.id.to_string() == id) {
        Some(one) => {
            let (chrome, line) = (user.chrome(Section::None), Line::new(&app, &user, one));
            page::private(StatusCode::OK, &Disconnect { chrome, line })
        }
        None => missing(&user, &id, request_id),
    }
}

/// Disconnects.
pub async fn disconnect(
    State(app): State<AppState>,
    user: SignedIn,
    Path(id): Path<String>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let Ok(application) = id.parse::<ApplicationId>() else { return missing(&user, &id, request_id) };
    match connected_applications::disconnect(&app.ctx, &user.actor, (user.user.id, application)).await {
        Ok(()) => Redirect::to("/connected-applications?done=disconnected").into_response(),
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

fn missing(user: &SignedIn, id: &str, request_id: RequestId) -> Response {
    let error = ActionError::not_found("connected application", id);
    failed::refused(&error, request_id, user.chrome(Section::None))
}
