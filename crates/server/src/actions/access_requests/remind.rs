//! Reminds reviewers when half of the time of a request is over, and when all of it is. Each reminder goes out once.

use gatehouse_core::id::{AccessRequestId, UserId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::{AccessRequest, Reviewer, ensure_foreign};
use gatehouse_core::portal::review::Progress;
use gatehouse_store::access_requests::history::{self, Reminder};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, organization_members, users};
use serde_json::json;

use super::tell;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// Requests of one look.
const AT_ONCE: i64 = 100;
/// More reviewers than that need no mail each.
const MOST_REVIEWERS: i64 = 100;

/// Sends what is due; the number of requests that somebody was reminded of.
pub async fn remind(ctx: &Context) -> Result<usize, ActionError> {
    let mut reminded = 0;
    for of in [Reminder::Overdue, Reminder::HalfTime] {
        let waiting = ctx.db.read(async move |tx| history::not_reminded(tx, of, AT_ONCE).await).await?;
        for id in waiting {
            let one = ctx.clone();
            match ctx.db.write(async move |tx| remind_of(tx, &one, id, of).await).await? {
                Outcome::Sent => reminded += 1,
                Outcome::Nothing => {}
                // They come in the order of their due times.
                Outcome::TooEarly => break,
            }
        }
    }
    Ok(reminded)
}

enum Outcome {
    Sent,
    Nothing,
    TooEarly,
}

async fn remind_of(tx: &mut Tx, ctx: &Context, id: AccessRequestId, of: Reminder) -> Result<Outcome, ActionError> {
    let (request, now) = (super::load(tx, id).await?, ctx.now());
    let Some(due) = request.due_at else { return Ok(Outcome::Nothing) };
    match (ctx.calendar.progress(due, request.asked_at, now), of) {
        (Progress::Overdue, _) | (Progress::HalfTime, Reminder::HalfTime) => {}
        (Progress::Stopped, _) => return Ok(Outcome::Nothing),
        (Progress::OnTime | Progress::HalfTime, _) => return Ok(Outcome::TooEarly),
    }
    if !history::set_reminded(tx, id, of, now).await? {
        return Ok(Outcome::Nothing);
    }
    // Whoever is told that it is overdue need not hear that half of the time is over.
    if of == Reminder::HalfTime && due <= now {
        return Ok(Outcome::Nothing);
    }
    for reviewer in recipients(tx, &request).await? {
        match of {
            Reminder::HalfTime => tell::half_time(tx, ctx, &request, &reviewer).await?,
            Reminder::Overdue => tell::overdue(tx, ctx, &request, &reviewer).await?,
        }
    }
    let actor = Actor { kind: ActorKind::System("reminders"), request_id: None, address: None };
    let which = match of {
        Reminder::HalfTime => "half_time",
        Reminder::Overdue => "overdue",
    };
    let event = event(ctx, &actor, "access_request.reminded", "access_request", id).after(json!({ "of": which }));
    audit::record(tx, &event).await?;
    Ok(Outcome::Sent)
}

/// The assignee; for a request that nobody has, or that its assignee alone cannot decide, everybody who may.
async fn recipients(tx: &mut Tx, request: &AccessRequest) -> Result<Vec<User>, ActionError> {
    let assignee = match request.assignee_id {
        Some(id) if !waits_for_another(request, id) => users::find(tx, id).await?.filter(User::is_active),
        _ => None,
    };
    match assignee {
        Some(assignee) => Ok(vec![assignee]),
        None => deciders(tx, request).await,
    }
}

/// The reviewers who may decide on something of the request.
pub(super) async fn deciders(tx: &mut Tx, request: &AccessRequest) -> Result<Vec<User>, ActionError> {
    let mut found = Vec::new();
    for user in users::reviewers(tx, MOST_REVIEWERS).await? {
        let members = organization_members::list_of_user(tx, user.id).await?;
        let organizations: Vec<_> = members.into_iter().map(|member| member.organization_id).collect();
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        if ensure_foreign(request, reviewer).is_ok() && !waits_for_another(request, user.id) {
            found.push(user);
        }
    }
    Ok(found)
}

/// Whether all that is open of a request has this reviewer's approval, and takes another one's.
fn waits_for_another(request: &AccessRequest, reviewer: UserId) -> bool {
    let mut open = request.scopes.iter().filter(|scope| scope.decision.is_none()).peekable();
    open.peek().is_some() && open.all(|scope| scope.first_approval.is_some_and(|first| first.by == reviewer))
}
