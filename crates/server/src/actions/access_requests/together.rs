//! One step for several requests: each is taken by the action for one request and has an outcome of its own.

use gatehouse_core::id::ApiId;
use gatehouse_core::portal::access_request::AccessRequest;
use gatehouse_core::portal::application::SignInScope;
use serde::Deserialize;
use utoipa::ToSchema;

use super::assign::{Assignment, assign};
use super::decide::{Decision, NewVerdict, check, decide};
use super::show::find;
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// Most requests at once.
const MOST: usize = 100;

/// Who takes several requests.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    /// Ids or references, 100 at most.
    pub requests: Vec<String>,
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
}

/// What a reviewer decides about several requests that ask for the same.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Which, 100 at most: they ask for the same scopes of one API.
    pub requests: Vec<Chosen>,
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// One per scope; scopes left out stay open.
    pub scopes: Vec<NewVerdict>,
}

/// A request among several.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Id or reference.
    pub request: String,
    /// The version that the decision was made from: when the request has changed since, its decision is refused.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What became of one of them.
#[derive(Debug)]
pub struct Outcome {
    /// As it was asked for.
    pub request: String,
    /// As it is now, or why nothing was done.
    pub done: Result<AccessRequest, ActionError>,
}

/// Gives requests to a reviewer, one by one; a signed-in reviewer who names nobody takes them.
pub async fn assign_all(ctx: &Context, actor: &Actor, input: Assignments) -> Result<Vec<Outcome>, ActionError> {
    may(ctx, actor, input.requests.len()).await?;
    let mut outcomes = Vec::new();
    for request in input.requests {
        let done = match find(ctx, actor, &request).await {
            Ok(found) => assign(ctx, actor, found.id, Assignment { reviewer: input.reviewer.clone() }).await,
            Err(error) => Err(error),
        };
        outcomes.push(Outcome { request, done });
    }
    Ok(outcomes)
}

/// Decides the same about equal requests, one by one. Nothing is decided when they are not equal.
pub async fn decide_all(ctx: &Context, actor: &Actor, input: Decisions) -> Result<Vec<Outcome>, ActionError> {
    may(ctx, actor, input.requests.len()).await?;
    let decision = Decision { reviewer: input.reviewer, scopes: input.scopes, version: None };
    check(&decision)?;
    let mut found = Vec::new();
    for chosen in &input.requests {
        found.push(find(ctx, actor, &chosen.request).await);
    }
    if !equal(found.iter().filter_map(|found| found.as_ref().ok())) {
        let message = "only requests for the same scopes of one API can be decided together";
        return Err(ActionError::conflict("requests_differ", message));
    }
    let mut outcomes = Vec::new();
    for (chosen, found) in input.requests.into_iter().zip(found) {
        let decision = Decision { version: chosen.version, ..decision.clone() };
        let done = match found {
            Ok(found) => decide(ctx, actor, found.id, decision).await,
            Err(error) => Err(error),
        };
        outcomes.push(Outcome { request: chosen.request, done });
    }
    Ok(outcomes)
}

/// Whether one decision fits all of them: they ask for the same scopes of one API, and for the same of people.
pub fn equal<'a>(requests: impl IntoIterator<Item = &'a AccessRequest>) -> bool {
    let mut asks = requests.into_iter().map(asks);
    asks.next().is_none_or(|first| asks.all(|other| other == first))
}

fn asks(request: &AccessRequest) -> (ApiId, Vec<&str>, &[SignInScope]) {
    let mut scopes: Vec<_> = request.scopes.iter().map(|scope| scope.scope.as_str()).collect();
    scopes.sort_unstable();
    (request.api_id, scopes, &request.sign_in_scopes)
}

async fn may(ctx: &Context, actor: &Actor, requests: usize) -> Result<(), ActionError> {
    let actor = actor.clone();
    ctx.db.read(async move |tx| authority::reviewer(tx, &actor).await).await?;
    match requests {
        0 => Err(ActionError::invalid("requests", "required", "name at least one request")),
        1..=MOST => Ok(()),
        _ => Err(ActionError::invalid("requests", "too_many", "name at most 100 requests")),
    }
}
