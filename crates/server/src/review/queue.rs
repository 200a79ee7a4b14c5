//! `GET /review`: what waits for reviewers.

use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::{RequestId, UserId};
use gatehouse_core::portal::access_request::{AccessRequestState, Sensitivity, UNANSWERED};
use gatehouse_core::time::Timestamp;
use gatehouse_store::access_requests::queue::{Order, Queued, Stage};
use http::StatusCode;

use super::changes::{self, ChangeRow};
use super::query::{self, Asked};
use super::words::{self, Badge};
use crate::actions::access_requests::{self, Queue, Wanted, Whose};
use crate::page_token::PageTokens;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::AppState;

/// Scopes that a row names before it counts the rest.
const NAMED: usize = 3;

#[derive(Template)]
#[template(path = "review/queue.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    stages: Vec<Choice>,
    whose: Vec<Choice>,
    orders: Vec<Choice>,
    apis: Vec<Choice>,
    overdue: Choice,
    rows: Vec<Row>,
    /// Changes of applications that wait, above the list of everything that does.
    changes: Vec<ChangeRow>,
    changes_open: i64,
    /// Whether nothing waits at all, or only nothing of what was asked for.
    is_filtered: bool,
    ended: bool,
    done: String,
    first: String,
    next: String,
}

/// A filter or an order as a link.
struct Choice {
    words: String,
    count: i64,
    address: String,
    chosen: bool,
}

struct Row {
    reference: String,
    application: String,
    organization: String,
    is_verified: bool,
    is_own: bool,
    may_pick: bool,
    api: String,
    scopes: Vec<(String, Option<Badge>)>,
    more: usize,
    state: Badge,
    /// A restricted scope waits for the approval of a second person.
    second: Option<&'static str>,
    due: Option<(Badge, Moment)>,
    submitted: Moment,
    ended: Option<Moment>,
    assignee: Option<String>,
    is_mine: bool,
}

/// The list.
pub async fn get(
    State(app): State<AppState>,
    mut signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    // The list says what is overdue and whose it is: more than the reminders do.
    signed_in.has_seen(&app, "/review").await;
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let chrome = signed_in.chrome(Section::Review);
    let tokens = match PageTokens::new(&app.ctx, query::LIST) {
        Ok(tokens) => tokens,
        Err(error) => return failed::refused(&error, request_id, chrome),
    };
    let (wanted, done) = (query::read(&asked, &tokens), query::said(&asked));
    let found = match access_requests::queue(&app.ctx, &signed_in.actor, wanted.clone()).await {
        Ok(found) => found,
        Err(error) => return failed::refused(&error, request_id, chrome),
    };
    let is_filtered = Wanted { order: Order::Due, after: None, limit: 0, ..wanted.clone() } != Wanted::default();
    let changes = match changes::first(&app, &signed_in).await {
        Ok(changes) => changes,
        Err(error) => return failed::refused(&error, request_id, chrome),
    };
    let row = |request: &Queued| row(request, &app, &signed_in);
    let first = if wanted.after.is_some() { address(&wanted, |_| {}) } else { String::new() };
    let next = found.next.map(|place| query::address(&wanted, &tokens.seal(&query::text(place))));
    let page = Page {
        chrome,
        stages: stages(&wanted, &found),
        whose: whose(&wanted, &found),
        orders: orders(&wanted),
        apis: apis(&wanted, &found),
        overdue: Choice {
            words: "Overdue".to_owned(),
            count: counted(&wanted, found.counts.overdue),
            address: address(&wanted, |other| other.overdue = !wanted.overdue),
            chosen: wanted.overdue,
        },
        rows: found.requests.iter().map(row).collect(),
        changes: if is_filtered || wanted.after.is_some() {
            Vec::new()
        } else {
            changes::rows(&app, &signed_in, &changes)
        },
        changes_open: changes.open,
        is_filtered,
        ended: wanted.stage == Stage::Ended,
        done,
        first,
        next: next.unwrap_or_default(),
    };
    page::private(StatusCode::OK, &page)
}

/// The first page of the list with one thing changed.
fn address(wanted: &Wanted, change: impl FnOnce(&mut Wanted)) -> String {
    let mut other = Wanted { after: None, ..wanted.clone() };
    change(&mut other);
    query::address(&other, "")
}

fn stages(wanted: &Wanted, found: &Queue) -> Vec<Choice> {
    let stage = |words: &str, stage, count| Choice {
        words: words.to_owned(),
        count,
        address: address(wanted, |other| other.stage = stage),
        chosen: wanted.stage == stage,
    };
    vec![
        stage("Open", Stage::Open, found.counts.open),
        stage("New", Stage::Submitted, 0),
        stage("In review", Stage::InReview, 0),
        stage("Developer asked", Stage::NeedsInformation, 0),
        stage("Ended", Stage::Ended, 0),
    ]
}

/// What is counted is all that is open: beside another list the number would promise what the link does not show.
fn counted(wanted: &Wanted, count: i64) -> i64 {
    if wanted.stage == Stage::Open && wanted.api.is_none() { count } else { 0 }
}

fn whose(wanted: &Wanted, found: &Queue) -> Vec<Choice> {
    let one = |words: &str, whose, count| Choice {
        words: words.to_owned(),
        count,
        address: address(wanted, |other| other.whose = whose),
        chosen: wanted.whose == whose,
    };
    vec![
        one("Anyone", Whose::Anyones, 0),
        one("Me", Whose::Mine, counted(wanted, found.counts.mine)),
        one("Nobody", Whose::Nobodys, counted(wanted, found.counts.nobodys)),
    ]
}

fn orders(wanted: &Wanted) -> Vec<Choice> {
    let one = |words: &str, order| Choice {
        words: words.to_owned(),
        count: 0,
        address: address(wanted, |other| other.order = order),
        chosen: wanted.order == order,
    };
    vec![one("Due first", Order::Due), one("Newest first", Order::Newest), one("Oldest first", Order::Oldest)]
}

fn apis(wanted: &Wanted, found: &Queue) -> Vec<Choice> {
    let one = |words: &str, slug: Option<&str>| Choice {
        words: words.to_owned(),
        count: 0,
        address: address(wanted, |other| other.api = slug.map(str::to_owned)),
        chosen: wanted.api.as_deref() == slug,
    };
    std::iter::once(one("All APIs", None)).chain(found.apis.iter().map(|api| one(&api.name, Some(&api.slug)))).collect()
}

fn row(request: &Queued, app: &AppState, reader: &SignedIn) -> Row {
    let now = app.ctx.now();
    let moment = |at: Timestamp| Moment::new(at, now, &reader.user.time_zone);
    let state = state_at(request, now);
    let times = (request.due_at, request.asked_at);
    let due = words::due(state, times, &app.ctx.calendar, now);
    let of_reader = reader.organizations.iter().any(|membership| membership.organization_id == request.organization.0);
    let mut scopes: Vec<_> = request.scopes.iter().collect();
    // What can do most harm is named first.
    scopes.sort_by_key(|scope| match scope.sensitivity {
        Sensitivity::Restricted => 0,
        Sensitivity::Sensitive => 1,
        Sensitivity::Normal => 2,
    });
    let is_own = of_reader || request.created_by == reader.user.id;
    Row {
        may_pick: state.is_open() && !is_own,
        reference: request.reference.clone(),
        application: request.application.1.clone(),
        organization: request.organization.1.clone(),
        is_verified: request.verified_at.is_some(),
        is_own,
        api: request.api.1.clone(),
        scopes: scopes
            .iter()
            .take(NAMED)
            .map(|scope| (scope.name.clone(), words::sensitivity(scope.sensitivity)))
            .collect(),
        more: scopes.len().saturating_sub(NAMED),
        state: words::state(state),
        second: second(request, reader.user.id).filter(|_| state.is_open()),
        due: due.zip(request.due_at.map(moment)),
        submitted: moment(request.submitted_at),
        ended: request.decided_at.map(moment),
        is_mine: request.assignee.as_ref().is_some_and(|(id, _)| *id == reader.user.id),
        assignee: request.assignee.as_ref().map(|(_, name)| name.clone()),
    }
}

/// Whose approval is missing where one of two is there.
fn second(request: &Queued, reader: UserId) -> Option<&'static str> {
    let open = request.scopes.iter().filter(|scope| scope.decision.is_none());
    let firsts: Vec<UserId> = open.filter_map(|scope| scope.first_approved_by).collect();
    match firsts.as_slice() {
        [] => None,
        firsts if firsts.contains(&reader) => Some("Needs another reviewer"),
        _ => Some("Needs a second approval"),
    }
}

/// A question unanswered for 30 days has ended the request, job or no job.
fn state_at(request: &Queued, now: Timestamp) -> AccessRequestState {
    match (request.state, request.asked_at) {
        (AccessRequestState::NeedsInformation, Some(asked)) if asked.plus(UNANSWERED) <= now => {
            AccessRequestState::Expired
        }
        (state, _) => state,
    }
}
