//! `GET /review/changes`: changes of applications that wait for reviewers, and those that have ended.

use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::access_request::AccessRequestState;
use gatehouse_core::portal::application_change::{ApplicationChangeState, Proposal};
use gatehouse_core::time::Timestamp;
use gatehouse_store::application_changes::{Queued, Stage};
use http::StatusCode;
use serde::Deserialize;

use super::words::{self, Badge};
use crate::actions::application_changes::{self, Queue, Wanted};
use crate::portal::applications::changes::what;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::AppState;

/// Rows on a page.
const ROWS: i64 = 25;
/// Rows above the list of requests.
const FIRST: i64 = 5;
/// Nobody turns more pages.
const MOST_PAGES: i64 = 1_000;

/// The words of the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    page: String,
}

#[derive(Template)]
#[template(path = "review/changes.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    rows: Vec<ChangeRow>,
    open: i64,
    ended: bool,
    previous: String,
    next: String,
}

/// A change in a list.
pub(super) struct ChangeRow {
    pub(super) reference: String,
    pub(super) application: String,
    pub(super) organization: String,
    pub(super) is_verified: bool,
    pub(super) is_own: bool,
    pub(super) what: &'static str,
    /// `2 new, 1 removed`
    pub(super) how: String,
    pub(super) state: Badge,
    pub(super) due: Option<(Badge, Moment)>,
    pub(super) proposed: Moment,
    pub(super) proposed_by: String,
    pub(super) ended: Option<Moment>,
}

/// The list.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let number = asked.page.parse().unwrap_or(1).clamp(1, MOST_PAGES);
    let stage = if asked.state == "ended" { Stage::Ended } else { Stage::Open };
    let wanted = Wanted { stage, skip: (number - 1) * ROWS, limit: ROWS };
    let chrome = signed_in.chrome(Section::Review);
    let found = match application_changes::queue(&app.ctx, &signed_in.actor, wanted).await {
        Ok(found) => found,
        Err(error) => return failed::refused(&error, request_id, chrome),
    };
    let page = Page {
        chrome,
        rows: rows(&app, &signed_in, &found),
        open: found.open,
        ended: stage == Stage::Ended,
        previous: if number > 1 { address(stage, number - 1) } else { String::new() },
        next: if found.more { address(stage, number + 1) } else { String::new() },
    };
    page::private(StatusCode::OK, &page)
}

/// What is due first, for the page with everything that waits.
pub(super) async fn first(app: &AppState, signed_in: &SignedIn) -> Result<Queue, crate::actions::ActionError> {
    let wanted = Wanted { limit: FIRST, ..Wanted::default() };
    application_changes::queue(&app.ctx, &signed_in.actor, wanted).await
}

fn address(stage: Stage, page: i64) -> String {
    match stage {
        Stage::Open => format!("/review/changes?page={page}"),
        Stage::Ended => format!("/review/changes?state=ended&page={page}"),
    }
}

pub(super) fn rows(app: &AppState, reader: &SignedIn, found: &Queue) -> Vec<ChangeRow> {
    found.changes.iter().map(|queued| row(app, reader, queued)).collect()
}

fn row(app: &AppState, reader: &SignedIn, queued: &Queued) -> ChangeRow {
    let now = app.ctx.now();
    let moment = |at: Timestamp| Moment::new(at, now, &reader.user.time_zone);
    let change = &queued.change;
    let is_member = reader.organizations.iter().any(|own| own.organization_id == change.organization_id);
    ChangeRow {
        reference: change.reference.clone(),
        application: queued.application.clone(),
        organization: queued.organization.clone(),
        is_verified: queued.verified_at.is_some(),
        is_own: is_member || change.proposed_by == reader.user.id,
        what: what(change.proposal.field()),
        how: how(&change.proposal),
        state: words::change_state(change.state),
        due: due(app, change.state, change.due_at).map(|badge| (badge, moment(change.due_at))),
        proposed: moment(change.created_at),
        proposed_by: queued.proposed_by.clone(),
        ended: change.decided_at.map(moment),
    }
}

/// How the review of a change stands against its due time.
pub(super) fn due(app: &AppState, state: ApplicationChangeState, due_at: Timestamp) -> Option<Badge> {
    let waits = (state == ApplicationChangeState::Submitted).then_some(AccessRequestState::Submitted)?;
    words::due(waits, (Some(due_at), None), &app.ctx.calendar, app.ctx.now())
}

fn how(proposal: &Proposal) -> String {
    match proposal {
        Proposal::RedirectUris(addresses) | Proposal::PostLogoutRedirectUris(addresses) => {
            match (addresses.added().count(), addresses.removed().count()) {
                (added, 0) => format!("{added} new"),
                (added, removed) => format!("{added} new, {removed} removed"),
            }
        }
        Proposal::ApiUser { after: None, .. } => "taken away".to_owned(),
        Proposal::ApiUser { before: None, .. } => "the first".to_owned(),
        Proposal::ApiUser { .. } => "another person".to_owned(),
    }
}
