//! The review desk's list.

use gatehouse_core::id::{ApiId, UserId};
use gatehouse_core::portal::api::Api;
use gatehouse_store::access_requests::queue::{self, Assignee, Counts, Order, Place, Queued, Stage};
use gatehouse_store::apis;

use crate::actions::{ActionError, Actor, ActorKind, authority};
use crate::context::Context;

/// Whose requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    #[default]
    Anyones,
    /// The reviewer's who looks.
    Mine,
    /// Those that no reviewer has.
    Nobodys,
}

/// Which part of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Where in their lives.
    pub stage: Stage,
    /// Whose.
    pub whose: Whose,
    /// For the API with this slug; one that there is not asks nothing.
    pub api: Option<String>,
    /// Overdue ones only.
    pub overdue: bool,
    /// In which order; what has ended has one of its own.
    pub order: Order,
    /// After this place.
    pub after: Option<Place>,
    /// Rows at most.
    pub limit: i64,
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct Queue {
    /// In order.
    pub requests: Vec<Queued>,
    /// Where the next page begins, if there is one.
    pub next: Option<Place>,
    /// How many wait in all.
    pub counts: Counts,
    /// Every API, for choosing one.
    pub apis: Vec<Api>,
}

/// How many requests wait, for a signed-in reviewer.
pub async fn waiting(ctx: &Context, actor: &Actor) -> Result<Counts, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.read(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        Ok(queue::counts(tx, person(&actor)?, ctx.now()).await?)
    })
    .await
}

fn person(actor: &Actor) -> Result<UserId, ActionError> {
    match actor.kind {
        ActorKind::User(user) => Ok(user),
        _ => Err(ActionError::forbidden("not_allowed", "the desk is for signed-in reviewers")),
    }
}

/// A page of the list, for a signed-in reviewer.
pub async fn queue(ctx: &Context, actor: &Actor, wanted: Wanted) -> Result<Queue, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.read(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        let user = person(&actor)?;
        let now = ctx.now();
        let apis = apis::all(tx).await?;
        let api: Option<ApiId> = apis.iter().find(|api| Some(&api.slug) == wanted.api.as_ref()).map(|api| api.id);
        let filter = queue::Wanted {
            stage: wanted.stage,
            assignee: match wanted.whose {
                Whose::Anyones => None,
                Whose::Mine => Some(Assignee::User(user)),
                Whose::Nobodys => Some(Assignee::Nobody),
            },
            api,
            overdue_at: (wanted.overdue && wanted.stage != Stage::Ended).then_some(now),
            order: if wanted.stage == Stage::Ended { Order::Ended } else { wanted.order },
        };
        let mut requests = queue::page(tx, filter, wanted.after, wanted.limit + 1).await?;
        let most = usize::try_from(wanted.limit).unwrap_or_default();
        let more = requests.len() > most;
        requests.truncate(most);
        let next = requests.last().filter(|_| more).map(|last| last.place);
        Ok(Queue { requests, next, counts: queue::counts(tx, user, now).await?, apis })
    })
    .await
}
