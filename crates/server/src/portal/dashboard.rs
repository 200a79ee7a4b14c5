//! `/` for whoever is signed in: what to do next, applications, open requests, and the APIs that there are.

use askama::Template;
use axum::response::Response;
use gatehouse_core::identity::user::{Role, User};
use gatehouse_core::portal::access_request::AccessRequestState;
use gatehouse_core::time::Timestamp;
use gatehouse_store::access_requests::queue::Counts;
use gatehouse_store::application_summaries::ApplicationSummary;
use http::StatusCode;

use super::apis::card::Card;
use super::applications::words;
use super::chrome::{Chrome, Section};
use super::moment::Moment;
use super::page;
use super::visitor::SignedIn;
use crate::actions::apis::catalogue;
use crate::actions::dashboard::{Dashboard, OpenRequest, dashboard};
use crate::actions::invitations::waiting;
use crate::actions::{ActionError, access_requests, application_changes};
use crate::state::App;

/// Most entries of each list; the pages behind hold all of them.
const MOST: usize = 6;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    greeting: String,
    is_just_verified: bool,
    next: Next,
    review: Option<Counts>,
    /// Changes of applications that wait for a reviewer.
    changes: i64,
    is_admin: bool,
    /// Invitations that wait for an answer.
    invitations: usize,
    applications: Vec<ApplicationView>,
    requests: Vec<RequestView>,
    cards: Vec<Card>,
}

impl Page<'_> {
    /// Whether the next step has a button of its own.
    fn is_led(&self) -> bool {
        matches!(self.next, Next::Collect { .. })
    }
}

/// What the reader should do first.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// Show that the e-mail address is theirs.
    VerifyEmail,
    /// Answer the reviewers of the request with this reference.
    Answer(String),
    /// Collect the secret of this application.
    Collect { address: String, name: String },
    /// Choose an API.
    Choose,
    /// Nothing presses.
    Nothing,
}

struct ApplicationView {
    id: String,
    name: String,
    kind: &'static str,
    client_id: String,
    state: (&'static str, &'static str),
}

struct RequestView {
    reference: String,
    application: String,
    api: String,
    state: (&'static str, &'static str),
    due: Option<Moment>,
}

/// The page.
pub(super) async fn get(app: &App, signed_in: &SignedIn, done: &str) -> Result<Response, ActionError> {
    let found = dashboard(&app.ctx, signed_in.user.id).await?;
    let apis = catalogue(&app.ctx, "").await?;
    let (review, changes) = match signed_in.is_reviewer() {
        true => {
            let wanted = application_changes::Wanted { limit: 1, ..application_changes::Wanted::default() };
            let changes = application_changes::queue(&app.ctx, &signed_in.actor, wanted).await?.open;
            (Some(access_requests::waiting(&app.ctx, &signed_in.actor).await?), changes)
        }
        false => (None, 0),
    };
    let invitations = waiting(&app.ctx, &signed_in.user).await?.len();
    let now = app.ctx.now();
    let shown = Page {
        chrome: signed_in.chrome(Section::Home),
        greeting: format!("Hello, {}", signed_in.user.name.split_whitespace().next().unwrap_or_default()),
        is_just_verified: done == "verified" && signed_in.user.is_verified(),
        next: next(signed_in, &found, now),
        review,
        changes,
        is_admin: signed_in.user.role == Role::Admin,
        invitations,
        requests: found.open_requests.iter().take(MOST).map(|open| request(open, &signed_in.user, now)).collect(),
        applications: found.applications.iter().take(MOST).map(application).collect(),
        cards: apis.iter().take(MOST).map(Card::from).collect(),
    };
    Ok(page::private(StatusCode::OK, &shown))
}

fn next(reader: &SignedIn, found: &Dashboard, now: Timestamp) -> Next {
    if !reader.user.is_verified() {
        return Next::VerifyEmail;
    }
    let asked =
        found.open_requests.iter().find(|open| open.request.state_at(now) == AccessRequestState::NeedsInformation);
    match asked {
        Some(open) => Next::Answer(open.request.reference.clone()),
        None if let Some(waiting) = found.applications.iter().find(|application| application.secret_waits) => {
            Next::Collect { address: format!("/applications/{}", waiting.id), name: waiting.name.clone() }
        }
        // Reviewers came for something else.
        None if reader.is_reviewer() => Next::Nothing,
        None if found.applications.is_empty() && found.open_requests.is_empty() => Next::Choose,
        None => Next::Nothing,
    }
}

fn application(summary: &ApplicationSummary) -> ApplicationView {
    ApplicationView {
        id: summary.id.to_string(),
        kind: words::application_type(summary.application_type),
        state: words::standing(summary),
        name: summary.name.clone(),
        client_id: summary.client_id.clone(),
    }
}

fn request(open: &OpenRequest, user: &User, now: Timestamp) -> RequestView {
    let request = &open.request;
    RequestView {
        reference: request.reference.clone(),
        application: open.application.clone(),
        api: open.api.clone(),
        state: match request.state_at(now) {
            AccessRequestState::Draft => ("plain", "Draft"),
            AccessRequestState::NeedsInformation => ("warning", "Waiting for your answer"),
            AccessRequestState::InReview => ("info", "In review"),
            _ => ("info", "Waiting for review"),
        },
        // The clock stands still until the developer answers.
        due: request
            .due_at
            .filter(|_| request.state_at(now) != AccessRequestState::NeedsInformation)
            .map(|due| Moment::new(due, now, &user.time_zone)),
    }
}
