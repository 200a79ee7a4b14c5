//! What became of several requests.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::UserId;
use gatehouse_core::portal::access_request::AccessRequestState;
use http::StatusCode;

use crate::actions::ActionError;
use crate::actions::access_requests::{Dossier, Outcome};
use crate::error::told;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::page;
use crate::portal::visitor::SignedIn;
use crate::review::words::{self, Badge};

#[derive(Template)]
#[template(path = "review/outcomes.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    did: &'static str,
    done: usize,
    rows: Vec<Row>,
}

struct Row {
    reference: String,
    /// Whether there is a page to look at.
    is_there: bool,
    state: Option<Badge>,
    why: String,
}

/// Back to the list when everything was done; else a page that says what was not, and why.
pub(super) fn answer(
    signed_in: &SignedIn,
    outcomes: Vec<Outcome>,
    (word, did): (&'static str, &'static str),
) -> Response {
    if outcomes.iter().all(|outcome| outcome.done.is_ok()) {
        return Redirect::to(&format!("/review?done={}&count={}", verdict(&outcomes, word), outcomes.len()))
            .into_response();
    }
    let rows: Vec<_> = outcomes.into_iter().map(row).collect();
    let done = rows.iter().filter(|row| row.state.is_some()).count();
    let page = Page { chrome: signed_in.chrome(Section::Review), did, done, rows };
    page::private(StatusCode::CONFLICT, &page)
}

/// The same after a decision.
pub(super) fn decided(signed_in: &SignedIn, mut outcomes: Vec<Outcome>, found: &[Dossier]) -> Response {
    outcomes.iter_mut().for_each(|outcome| tell_decided(outcome, found, signed_in.user.id));
    answer(signed_in, outcomes, ("decided", "decided"))
}

/// Whoever sends the form once more is told that they have decided, not that somebody else was faster.
fn tell_decided(outcome: &mut Outcome, found: &[Dossier], me: UserId) {
    let of = found.iter().find(|dossier| dossier.request.reference == outcome.request);
    let is_mine = of.is_some_and(|dossier| dossier.request.scopes.iter().all(|scope| scope.decided_by == Some(me)));
    if is_mine && matches!(outcome.done, Err(ActionError::Conflict { .. })) {
        outcome.done = Err(ActionError::conflict("scope_already_decided", "you have decided this already"));
    }
}

/// What all of them have become, where it is one thing.
fn verdict<'a>(outcomes: &[Outcome], word: &'a str) -> &'a str {
    let all = |state| outcomes.iter().all(|one| one.done.as_ref().is_ok_and(|request| request.state == state));
    match word {
        "decided" if all(AccessRequestState::Approved) => "approved",
        "decided" if all(AccessRequestState::Declined) => "declined",
        _ => word,
    }
}

/// The reference of `R-…` or `R-…:version`.
pub(super) fn reference(chosen: &str) -> &str {
    chosen.split_once(':').map_or(chosen, |(reference, _)| reference)
}

fn row(outcome: Outcome) -> Row {
    match outcome.done {
        Ok(request) => Row {
            reference: request.reference,
            is_there: true,
            state: Some(words::state(request.state)),
            why: String::new(),
        },
        Err(error) => Row {
            reference: outcome.request,
            is_there: !matches!(error, ActionError::NotFound { .. }),
            state: None,
            why: told(&error).1,
        },
    }
}
