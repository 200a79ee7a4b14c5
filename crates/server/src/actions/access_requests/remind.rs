//! Reminds reviewers when half of the time of a request is over, and when all of it is. Each reminder goes out once.

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::portal::review::Progress;
use gatehouse_store::access_requests::history::{self, Reminder};
use gatehouse_store::audit;
use gatehouse_store::db::Tx;
use serde_json::json;

use super::recipients::recipients;
use super::tell;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// Requests of one look.
const AT_ONCE: i64 = 100;

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
