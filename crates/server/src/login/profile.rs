//! `/profile`: name and time zone, password, sessions.

pub mod email;
pub mod password;
pub mod sessions;
pub mod shared;
mod zones;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::browser;
use gatehouse_core::identity::session::Session;
use http::StatusCode;
use serde::Deserialize;

use self::zones::{Zones, zones};

use crate::actions::accounts::{self, ProfileChange};
use crate::actions::factors::{self, Password};
use crate::actions::{ActionError, FieldError, sessions as session_actions};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form::{self, Form};
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed, page};
use crate::state::AppState;

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Wanted {
    /// What was done before.
    #[serde(default)]
    done: String,
}

impl Wanted {
    pub(super) fn done(&self) -> &str {
        &self.done
    }
}

#[derive(Template)]
#[template(path = "login/profile.html")]
struct Profile<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
    verified: Verified,
    password: Password,
    name: &'a str,
    zones: Zones,
    sessions: Vec<Shown>,
    /// A sentence about what was done before; may be empty.
    done: &'static str,
    errors: FormErrors,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verified {
    Yes,
    No,
}

/// One browser that is signed in.
struct Shown {
    id: String,
    device: String,
    address: String,
    since: Moment,
    seen: Moment,
    whose: Whose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    ThisBrowser,
    Another,
}

impl Shown {
    fn is_this_browser(&self) -> bool {
        self.whose == Whose::ThisBrowser
    }
}

impl Profile<'_> {
    fn is_verified(&self) -> bool {
        self.verified == Verified::Yes
    }
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    user: SignedIn,
    Query(wanted): Query<Wanted>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let done = match wanted.done.as_str() {
        "saved" => "Your profile is saved.",
        "password" => "Your password is changed. Every other browser is signed out.",
        "email" => "Your e-mail address is changed. Every other browser is signed out.",
        "ended" => "The session is ended.",
        "others-ended" => "Every other browser is signed out.",
        _ => "",
    };
    let typed = ProfileChange { name: user.user.name.clone(), time_zone: user.user.time_zone.clone() };
    show(&app, &user, request_id, Page { status: StatusCode::OK, typed, done, errors: Vec::new() }).await
}

/// Saves name and time zone.
pub async fn post(
    State(app): State<AppState>,
    user: SignedIn,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let typed = match form::read(request, ["name", "time_zone"]).await {
        Ok(Form([name, time_zone])) => ProfileChange { name, time_zone },
        Err(status) => return failed::form_refused(status),
    };
    match accounts::edit_profile(&app.ctx, &user.actor, user.user.id, &typed).await {
        Ok(_) => Redirect::to("/profile?done=saved").into_response(),
        Err(ActionError::Invalid(errors)) => {
            let page = Page { status: StatusCode::UNPROCESSABLE_ENTITY, typed, done: "", errors };
            show(&app, &user, request_id, page).await
        }
        Err(error) => failed::page(&error, request_id),
    }
}

/// What differs between one showing of the page and the next.
struct Page {
    status: StatusCode,
    typed: ProfileChange,
    done: &'static str,
    errors: Vec<FieldError>,
}

async fn show(app: &AppState, user: &SignedIn, request_id: RequestId, shown: Page) -> Response {
    let sessions = match session_actions::list(&app.ctx, user.user.id).await {
        Ok(sessions) => sessions,
        Err(error) => return failed::page(&error, request_id),
    };
    let password = match factors::password(&app.ctx, user.user.id).await {
        Ok(password) => password,
        Err(error) => return failed::page(&error, request_id),
    };
    let page = Profile {
        chrome: Chrome::of(&user.user, user.unread, Section::None),
        email: user.user.email.as_typed(),
        verified: if user.user.is_verified() { Verified::Yes } else { Verified::No },
        password,
        name: &shown.typed.name,
        zones: zones(&shown.typed.time_zone),
        sessions: sessions.iter().map(|session| row(app, user, session)).collect(),
        done: shown.done,
        errors: FormErrors::new(&shown.errors),
    };
    page::private(shown.status, &page)
}

fn row(app: &AppState, user: &SignedIn, session: &Session) -> Shown {
    let moment = |at| Moment::new(at, app.ctx.now(), &user.user.time_zone);
    let whose = if session.id == user.session_id { Whose::ThisBrowser } else { Whose::Another };
    Shown {
        id: session.id.to_string(),
        device: browser::name(session.device.user_agent.as_deref().unwrap_or_default()),
        address: session.device.address.clone().unwrap_or_else(|| "unknown".to_owned()),
        since: moment(session.created_at),
        seen: moment(session.last_seen_at),
        whose,
    }
}
