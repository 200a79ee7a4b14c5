//! Looking at access requests.

use gatehouse_core::id::{AccessRequestId, ApplicationId, UserId};
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState, Message, MessageKind};
use gatehouse_store::access_requests::queue::Assignee;
use gatehouse_store::{access_requests, apis, applications};

use super::Sees;
use crate::actions::entitlements::find_api;
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// Which requests a list shows, and which page of it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this application only.
    pub application: Option<ApplicationId>,
    /// In this state only.
    pub state: Option<AccessRequestState>,
    /// For this API only, by id or slug.
    pub api: Option<String>,
    /// Of this reviewer only, or of none.
    pub assignee: Option<Assignee>,
    /// Overdue ones only.
    pub overdue: bool,
    /// Ids greater than this one.
    pub after: String,
    /// Rows at most.
    pub limit: i64,
}

/// One request, by id or reference.
pub async fn find(ctx: &Context, actor: &Actor, text: &str) -> Result<AccessRequest, ActionError> {
    let (wanted, actor) = (text.to_owned(), actor.clone());
    ctx.db
        .read(async move |tx| {
            let found = match wanted.parse() {
                Ok(id) => access_requests::find(tx, id).await?,
                Err(_) => access_requests::find_by_reference(tx, &wanted).await?,
            };
            let request = found.ok_or_else(|| ActionError::not_found("access request", &wanted))?;
            super::may_look(tx, &actor, &request).await?;
            Ok(request)
        })
        .await
}

/// Requests in the order of their ids.
pub async fn list(ctx: &Context, filter: Filter) -> Result<Vec<AccessRequest>, ActionError> {
    let now = ctx.now();
    let found = ctx.db.read(async move |tx| {
        let api = match &filter.api {
            Some(api) => Some(find_api(tx, api).await?.id),
            None => None,
        };
        let which = access_requests::Filter {
            application: filter.application,
            state: filter.state,
            api,
            assignee: filter.assignee,
            overdue_at: filter.overdue.then_some(now),
        };
        Ok::<_, ActionError>(access_requests::list(tx, which, &filter.after, filter.limit).await?)
    });
    found.await
}

/// A request as the list of its organization shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The request.
    pub request: AccessRequest,
    /// The application that asks.
    pub application: String,
    /// The API.
    pub api: String,
}

/// Requests of the user's organizations, the newest first: in these states, with ids smaller than `before`.
pub async fn list_of_user(
    ctx: &Context,
    user: UserId,
    states: &[AccessRequestState],
    (before, limit): (&str, i64),
) -> Result<Vec<Listed>, ActionError> {
    let (states, before) = (states.to_vec(), before.to_owned());
    ctx.db
        .read(async move |tx| {
            let mut listed = Vec::new();
            for request in access_requests::list_of_user(tx, user, &states, (&before, limit)).await? {
                let application = applications::find(tx, request.application_id).await?;
                let api = apis::find(tx, request.api_id).await?;
                listed.push(Listed {
                    application: application.map(|application| application.name).unwrap_or_default(),
                    api: api.map(|api| api.name).unwrap_or_default(),
                    request,
                });
            }
            Ok(listed)
        })
        .await
}

/// How many requests of a user's organizations are in each state.
pub async fn count_of_user(ctx: &Context, user: UserId) -> Result<Vec<(AccessRequestState, i64)>, ActionError> {
    Ok(ctx.db.read(async move |tx| access_requests::count_of_user(tx, user).await).await?)
}

/// The thread of a request, oldest first.
pub async fn thread(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<Vec<Message>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            let request = super::load(tx, id).await?;
            let sees = super::may_look(tx, &actor, &request).await?;
            let mut messages = access_requests::messages(tx, id).await?;
            messages.retain(|message| sees == Sees::Everything || message.kind != MessageKind::Note);
            Ok(messages)
        })
        .await
}
