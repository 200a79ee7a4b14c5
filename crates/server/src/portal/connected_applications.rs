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
use crate::actions::connected_applications::{self, Allowed, Connected};
use crate::state::{App, AppState};

/// What may stand behind the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    done: String,
    #[serde(default)]
    application: String,
}

#[derive(Template)]
#[template(path = "connected_applications/list.html")]
struct List<'a> {
    chrome: Chrome<'a>,
    lines: Vec<Line<'a>>,
    done: Option<Done>,
}

/// What has just been done, in words.
struct Done {
    tone: &'static str,
    title: String,
    text: &'static str,
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
    scopes: Vec<(&'a Allowed, &'static str)>,
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
            scopes: connected.scopes.iter().map(|one| (one, mark(one.sensitivity))).collect(),
            since: moment(connected.since),
            last_used: connected.last_used_at.map(moment),
        }
    }
}

impl Line<'_> {
    fn has_lost(&self) -> bool {
        self.scopes.iter().any(|(scope, _)| !scope.is_in_force)
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
        done: done(&app, &user, &wanted).await,
    };
    page::private(StatusCode::OK, &list)
}

/// Names the application when it was this customer's; never text from the address.
async fn done(app: &App, user: &SignedIn, wanted: &Wanted) -> Option<Done> {
    let name = match wanted.application.parse() {
        Ok(id) => connected_applications::name_of(&app.ctx, &user.actor, (user.user.id, id)).await.ok(),
        Err(_) => None,
    };
    let name = name.unwrap_or_else(|| "The application".to_owned());
    match wanted.done.as_str() {
        "disconnected" => Some(Done {
            tone: "good",
            title: format!("{name} is disconnected."),
            text: "Its tokens are refused from now on, and it has to ask you before it does anything again.",
        }),
        "before" => Some(Done {
            tone: "info",
            title: format!("{name} was disconnected already."),
            text: "It can do nothing in your name.",
        }),
        _ => None,
    }
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
        None => gone(&app, &user, &id, request_id).await,
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
    let Ok(application) = id.parse::<ApplicationId>() else { return gone(&app, &user, &id, request_id).await };
    match connected_applications::disconnect(&app.ctx, &user.actor, (user.user.id, application)).await {
        Ok(()) => to_list("disconnected", application),
        Err(ActionError::NotFound { .. }) => gone(&app, &user, &id, request_id).await,
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

/// What was disconnected before, such as by the same button a moment ago, is no mistake.
async fn gone(app: &App, user: &SignedIn, id: &str, request_id: RequestId) -> Response {
    let known = match id.parse() {
        Ok(application) => {
            let named = connected_applications::name_of(&app.ctx, &user.actor, (user.user.id, application)).await;
            named.map(|_| application)
        }
        Err(_) => Err(ActionError::not_found("connected application", id)),
    };
    match known {
        Ok(application) => to_list("before", application),
        Err(error) => failed::refused(&error, request_id, user.chrome(Section::None)),
    }
}

fn to_list(done: &str, application: ApplicationId) -> Response {
    Redirect::to(&format!("/connected-applications?done={done}&application={application}")).into_response()
}
