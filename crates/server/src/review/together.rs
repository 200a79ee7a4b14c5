//! `GET /review/together?request=…`: several requests on one page, to assign or, when they ask for the same, to decide.

pub mod assign;
pub mod decide;
mod outcomes;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::canned_reply::ReplyKind;
use gatehouse_core::time::Timestamp;
use http::StatusCode;
use url::form_urlencoded;

use super::fill;
use super::scopes::{self, ScopeRow};
use super::show::Typed;
use super::words::{self, Badge};
use crate::actions::ActionError;
use crate::actions::access_requests::{self, Dossier, Seat, equal};
use crate::portal::choice::Choice;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::form_errors::FormErrors;
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::AppState;

/// Requests on the page; the list has no more rows.
const MOST: usize = 25;

#[derive(Template)]
#[template(path = "review/together.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    errors: &'a FormErrors,
    rows: Vec<Row<'a>>,
    /// Scopes to decide on; none when the requests ask for different things or are decided.
    scopes: Vec<ScopeRow>,
    is_equal: bool,
    api: &'a str,
    reviewers: Vec<Choice>,
    for_reason: Vec<Choice>,
}

struct Row<'a> {
    dossier: &'a Dossier,
    state: Badge,
    warnings: usize,
    assignee: Option<String>,
    is_own: bool,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes());
    let chosen: Vec<String> =
        pairs.filter(|(name, _)| name == "request").map(|(_, value)| value.into_owned()).collect();
    match dossiers(&app, &signed_in, &chosen).await {
        Ok(dossiers) => render(&app, &signed_in, &dossiers, (StatusCode::OK, &Typed::default())),
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

/// Each request once, as it is now.
async fn dossiers(app: &AppState, signed_in: &SignedIn, chosen: &[String]) -> Result<Vec<Dossier>, ActionError> {
    let mut found: Vec<Dossier> = Vec::new();
    for reference in chosen.iter().take(MOST) {
        if found.iter().all(|dossier| dossier.request.reference != *reference) {
            found.push(access_requests::dossier(&app.ctx, &signed_in.actor, reference).await?);
        }
    }
    Ok(found)
}

/// The page, with what was typed when a form comes back.
fn render(
    app: &AppState,
    signed_in: &SignedIn,
    dossiers: &[Dossier],
    (status, typed): (StatusCode, &Typed),
) -> Response {
    let Some(first) = dossiers.first() else { return Redirect::to("/review?done=nothing").into_response() };
    let now = app.ctx.now();
    let moment = |at: Timestamp| Moment::new(at, now, &signed_in.user.time_zone);
    let is_equal = equal(dossiers.iter().map(|dossier| &dossier.request));
    let mut scopes = Vec::new();
    if is_equal {
        scopes = scopes::rows(first, signed_in.user.id, &typed.verdicts, (now, &moment));
        scopes.retain(|scope| open(dossiers, &scope.name, now));
        // What holds for one of them need not for the others.
        scopes.iter_mut().for_each(|scope| (scope.decided, scope.first) = (None, None));
    }
    let page = Page {
        chrome: signed_in.chrome(Section::Review),
        errors: &typed.errors,
        rows: dossiers.iter().map(|dossier| row(dossier, now)).collect(),
        scopes,
        is_equal,
        api: &first.api.name,
        reviewers: reviewers(first, signed_in),
        for_reason: fill::choices(&first.replies, ReplyKind::Decline),
    };
    page::private(status, &page)
}

/// Whether a scope is to be decided in one of them.
fn open(dossiers: &[Dossier], name: &str, now: Timestamp) -> bool {
    let waits = |dossier: &Dossier| {
        let scope = dossier.request.scopes.iter().find(|scope| scope.scope == name);
        dossier.request.state_at(now).is_open() && scope.is_some_and(|scope| scope.decision.is_none())
    };
    dossiers.iter().any(waits)
}

fn row(dossier: &Dossier, now: Timestamp) -> Row<'_> {
    Row {
        state: words::state(dossier.request.state_at(now)),
        warnings: dossier.addresses.iter().map(|(_, warnings)| warnings.len()).sum(),
        assignee: dossier.request.assignee_id.map(|id| scopes::name(dossier, id)),
        is_own: dossier.seat == Seat::Own,
        dossier,
    }
}

fn reviewers(dossier: &Dossier, reader: &SignedIn) -> Vec<Choice> {
    let others = dossier.reviewers.iter().filter(|reviewer| reviewer.id != reader.user.id);
    let other = |user: &gatehouse_core::identity::user::User| Choice::new(user.id.to_string(), user.name.clone());
    std::iter::once(Choice::new("me", "Me")).chain(others.map(other)).collect()
}
