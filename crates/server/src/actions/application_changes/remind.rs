//! Reminds reviewers of changes whose time runs out. Nobody has one for themselves, so all who may decide are told.

use gatehouse_core::id::ApplicationChangeId;
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::application_change::{ApplicationChange, ApplicationChangeState};
use gatehouse_core::portal::review::Progress;
use gatehouse_store::access_requests::history::Reminder;
use gatehouse_store::db::Tx;
use gatehouse_store::{application_changes, audit, organization_members, users};
use serde_json::json;

use super::tell;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// Changes of one look.
const AT_ONCE: i64 = 100;
/// More reviewers than that need no mail each.
const MOST_REVIEWERS: i64 = 100;

/// Sends what is due; the number of changes that somebody was reminded of.
pub async fn remind(ctx: &Context) -> Result<usize, ActionError> {
    let mut reminded = 0;
    for of in [Reminder::Overdue, Reminder::HalfTime] {
        let waiting = ctx.db.read(async move |tx| application_changes::not_reminded(tx, of, AT_ONCE).await).await?;
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

async fn remind_of(tx: &mut Tx, ctx: &Context, id: ApplicationChangeId, of: Reminder) -> Result<Outcome, ActionError> {
    let (change, now) = (super::load(tx, id).await?, ctx.now());
    if change.state != ApplicationChangeState::Submitted {
        return Ok(Outcome::Nothing);
    }
    match (ctx.calendar.progress(change.due_at, None, now), of) {
        (Progress::Overdue, _) | (Progress::HalfTime, Reminder::HalfTime) => {}
        (Progress::Stopped | Progress::OnTime | Progress::HalfTime, _) => return Ok(Outcome::TooEarly),
    }
    if !application_changes::set_reminded(tx, id, of, now).await? {
        return Ok(Outcome::Nothing);
    }
    // Whoever is told that it is overdue need not hear that half of the time is over.
    if of == Reminder::HalfTime && change.due_at <= now {
        return Ok(Outcome::Nothing);
    }
    for reviewer in recipients(tx, &change).await? {
        tell::reminded(tx, ctx, &change, (&reviewer, of)).await?;
    }
    let actor = Actor { kind: ActorKind::System("reminders"), request_id: None, address: None };
    let which = match of {
        Reminder::HalfTime => "half_time",
        Reminder::Overdue => "overdue",
    };
    let event = event(ctx, &actor, "application_change.reminded", "application_change", id);
    audit::record(tx, &event.after(json!({ "of": which }))).await?;
    Ok(Outcome::Sent)
}

/// Everybody who may decide.
async fn recipients(tx: &mut Tx, change: &ApplicationChange) -> Result<Vec<User>, ActionError> {
    let mut found = Vec::new();
    for user in users::reviewers(tx, MOST_REVIEWERS).await? {
        let member = organization_members::find(tx, change.organization_id, user.id).await?;
        if member.is_none() && user.id != change.proposed_by {
            found.push(user);
        }
    }
    Ok(found)
}
