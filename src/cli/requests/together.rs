//! `gatehouse requests assign-all` and `decide-all`: one step for several requests.

use gatehouse_server::actions::access_requests::{self, Assignments, Chosen, Decisions, NewVerdict, Outcome};
use gatehouse_server::manage::access_requests::OutcomeView;

use super::super::failure::failed;
use super::super::global::Session;

/// Gives the requests to a reviewer.
pub(super) async fn assign(session: &Session, reviewer: String, requests: Vec<String>) -> anyhow::Result<()> {
    let input = Assignments { requests, reviewer: Some(reviewer) };
    let done = access_requests::assign_all(&session.ctx, &session.actor, input).await;
    show(session, done.map_err(failed)?)
}

/// Decides the same about the requests.
pub(super) async fn decide(
    session: &Session,
    reviewer: String,
    (scopes, requests): (Vec<NewVerdict>, Vec<String>),
) -> anyhow::Result<()> {
    let requests = requests.into_iter().map(|request| Chosen { request, version: None }).collect();
    let input = Decisions { requests, reviewer: Some(reviewer), scopes };
    let done = access_requests::decide_all(&session.ctx, &session.actor, input).await;
    show(session, done.map_err(failed)?)
}

/// Every outcome; fails when something was not done.
fn show(session: &Session, outcomes: Vec<Outcome>) -> anyhow::Result<()> {
    let now = session.ctx.now();
    let views: Vec<_> = outcomes.into_iter().map(|outcome| OutcomeView::at(outcome, now)).collect();
    session.output.list(&views, &["request", "state", "why not"], |view| {
        let state = view.access_request.as_ref().map_or("unchanged", |request| request.state.as_str());
        let why = view.error.as_ref().map_or("", |error| error.detail.as_str());
        vec![view.request.clone(), state.to_owned(), why.to_owned()]
    })?;
    let undone = views.iter().filter(|view| view.error.is_some()).count();
    anyhow::ensure!(undone == 0, "{undone} of {} requests were left as they were", views.len());
    Ok(())
}
