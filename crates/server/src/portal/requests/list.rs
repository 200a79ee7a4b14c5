//! `/requests`: the requests of the reader's organizations.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::{AccessRequestId, RequestId};
use gatehouse_core::portal::access_request::AccessRequestState;
use http::StatusCode;
use serde::Deserialize;

use super::words;
use crate::actions::ActionError;
use crate::actions::access_requests::{self, Listed};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::AppState;

/// Requests of one page.
const PAGE: usize = 50;
/// Greater than every id.
const NEWEST: &str = "~";

/// Which requests.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    state: Option<String>,
    before: Option<String>,
}

/// A group of states, as a link of its own.
struct Filter {
    /// What stands in the address; empty for all.
    word: &'static str,
    label: &'static str,
    states: &'static [AccessRequestState],
}

impl Filter {
    fn has(&self, state: AccessRequestState) -> bool {
        self.states.is_empty() || self.states.contains(&state)
    }
}

static FILTERS: [Filter; 6] = [
    Filter { word: "", label: "All", states: &[] },
    Filter {
        word: "waiting",
        label: "In review",
        states: &[AccessRequestState::Submitted, AccessRequestState::InReview],
    },
    Filter {
        word: "asked",
        label: "Waits for you",
        states: &[AccessRequestState::NeedsInformation, AccessRequestState::Draft],
    },
    Filter {
        word: "approved",
        label: "Approved",
        states: &[AccessRequestState::Approved, AccessRequestState::PartlyApproved],
    },
    Filter { word: "declined", label: "Declined", states: &[AccessRequestState::Declined] },
    Filter { word: "ended", label: "Withdrawn", states: &[AccessRequestState::Withdrawn, AccessRequestState::Expired] },
];

#[derive(Template)]
#[template(path = "requests/list.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    filters: Vec<FilterLink>,
    filter: &'static Filter,
    drafts: Vec<Draft>,
    rows: Vec<Row>,
    next: String,
}

struct FilterLink {
    address: String,
    label: &'static str,
    count: i64,
    is_here: bool,
}

struct Draft {
    slug: String,
    title: String,
    saved: Moment,
}

struct Row {
    reference: String,
    application: String,
    api: String,
    scopes: usize,
    state: (&'static str, &'static str),
    updated: Moment,
    /// While somebody decides.
    due: Option<Moment>,
}

/// The newest first.
pub async fn get(
    State(app): State<AppState>,
    Query(asked): Query<Asked>,
    Extension(request_id): Extension<RequestId>,
    signed_in: SignedIn,
) -> Response {
    match list(&app, &signed_in, &asked).await {
        Ok(response) => response,
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Requests)),
    }
}

async fn list(app: &AppState, signed_in: &SignedIn, asked: &Asked) -> Result<Response, ActionError> {
    let word = asked.state.as_deref().unwrap_or_default();
    let filter = FILTERS.iter().find(|filter| filter.word == word).unwrap_or(&FILTERS[0]);
    let before = asked.before.as_deref().filter(|before| before.parse::<AccessRequestId>().is_ok()).unwrap_or(NEWEST);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let user = &signed_in.user;
    let mut found = access_requests::list_of_user(&app.ctx, user.id, filter.states, (before, limit)).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| format!("/requests?state={word}&before={}", last.request.id));
    let counts = access_requests::count_of_user(&app.ctx, user.id).await?;
    let filters = FILTERS.iter().map(|one| FilterLink {
        address: if one.word.is_empty() { "/requests".to_owned() } else { format!("/requests?state={}", one.word) },
        label: one.label,
        count: counts.iter().filter(|(state, _)| one.has(*state)).map(|(_, count)| count).sum(),
        is_here: one.word == filter.word,
    });
    let (now, zone) = (app.ctx.now(), user.time_zone.as_str());
    let drafts = access_requests::drafts(&app.ctx, user.id).await?;
    let draft =
        |(api, draft): (gatehouse_core::portal::api::Api, gatehouse_store::access_request_drafts::Draft)| Draft {
            slug: api.slug,
            title: format!("You began a request for {}", api.name),
            saved: Moment::new(draft.updated_at, now, zone),
        };
    let row = |listed: Listed| {
        let request = listed.request;
        let state = request.state_at(now);
        let decides = matches!(state, AccessRequestState::Submitted | AccessRequestState::InReview);
        Row {
            application: listed.application,
            api: listed.api,
            scopes: request.scopes.len(),
            state: words::state(state),
            updated: Moment::new(request.updated_at, now, zone),
            due: request.due_at.filter(|_| decides).map(|due| Moment::new(due, now, zone)),
            reference: request.reference,
        }
    };
    Ok(page::private(
        StatusCode::OK,
        &Page {
            chrome: signed_in.chrome(Section::Requests),
            filters: filters.collect(),
            filter,
            drafts: drafts.into_iter().map(draft).collect(),
            rows: found.into_iter().map(row).collect(),
            next: next.unwrap_or_default(),
        },
    ))
}
