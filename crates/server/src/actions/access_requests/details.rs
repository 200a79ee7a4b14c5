//! A request as its own organization sees it: what was asked, what became of it, and what was said.

use gatehouse_core::id::{AccessRequestId, UserId};
use gatehouse_core::portal::access_request::{AccessRequest, Message, MessageKind};
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_core::portal::scope::Scope;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{
    access_requests, apis, applications, entitlements, organization_members, organizations, scopes, users,
};

use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// All that the page of a request shows.
#[derive(Clone, Debug)]
pub struct Details {
    /// The request.
    pub request: AccessRequest,
    /// Who asks.
    pub application: Application,
    /// Name of the application's organization.
    pub organization: String,
    /// What for.
    pub api: Api,
    /// The API's scopes.
    pub scopes: Vec<Scope>,
    /// Who made the request, by name.
    pub developer: String,
    /// Who has it, by name.
    pub assignee: Option<String>,
    /// What was said, oldest first; the reviewers' notes are not among it.
    pub thread: Vec<Thread>,
    /// Reference of the request that this one follows.
    pub previous: Option<String>,
    /// Reference of the request that came after this one.
    pub next: Option<String>,
    /// Whether the reader may answer and withdraw.
    pub may_write: bool,
    /// Whether the application still has something of what was approved.
    pub is_in_force: bool,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Thread {
    /// What was said.
    pub message: Message,
    /// By whom.
    pub author: String,
}

/// The request of this reference, for a member of its organization. To others there is none.
pub async fn details(ctx: &Context, actor: &Actor, reference: &str) -> Result<Details, ActionError> {
    let (reference, actor, now) = (reference.to_owned(), actor.clone(), ctx.now());
    ctx.db
        .read(async move |tx| {
            let missing = || ActionError::not_found("access request", &reference);
            let request = access_requests::find_by_reference(tx, &reference).await?.ok_or_else(missing)?;
            super::of_organization(tx, &actor, &request, Want::Look).await?;
            read(tx, (&actor, now), request).await
        })
        .await
}

async fn read(tx: &mut Tx, (actor, now): (&Actor, Timestamp), request: AccessRequest) -> Result<Details, ActionError> {
    let application = applications::find(tx, request.application_id).await?;
    let application = application.ok_or_else(|| ActionError::not_found("application", request.application_id))?;
    let api = apis::find(tx, request.api_id).await?;
    let api = api.ok_or_else(|| ActionError::not_found("API", request.api_id))?;
    let organization = organizations::find(tx, request.organization_id).await?;
    let mut thread = Vec::new();
    for message in access_requests::messages(tx, request.id).await? {
        if message.kind != MessageKind::Note {
            thread.push(Thread { author: name(tx, message.author_id).await?, message });
        }
    }
    let previous = match request.previous_request_id {
        Some(id) => access_requests::find(tx, id).await?.map(|request| request.reference),
        None => None,
    };
    let newest = access_requests::latest(tx, application.id, api.id).await?;
    let assignee = match request.assignee_id {
        Some(id) => Some(name(tx, id).await?),
        None => None,
    };
    let held = entitlements::find(tx, application.id, api.id).await?;
    let has = |name: &str| held.as_ref().and_then(|held| held.scope(name)).is_some_and(|held| held.effective_at(now));
    Ok(Details {
        is_in_force: application.state != ApplicationState::Deleted && request.scopes.iter().any(|one| has(&one.scope)),
        organization: organization.map(|organization| organization.name).unwrap_or_default(),
        scopes: scopes::list_of_api(tx, api.id).await?,
        developer: name(tx, request.created_by).await?,
        assignee,
        thread,
        previous,
        next: newest.filter(|newest| is_after(newest.id, request.id)).map(|newest| newest.reference),
        may_write: may_write(tx, actor, &request).await?,
        request,
        application,
        api,
    })
}

/// Ids are in order of time.
fn is_after(one: AccessRequestId, other: AccessRequestId) -> bool {
    one > other
}

async fn name(tx: &mut Tx, id: UserId) -> Result<String, ActionError> {
    Ok(users::find(tx, id).await?.map(|user| user.name).unwrap_or_default())
}

async fn may_write(tx: &mut Tx, actor: &Actor, request: &AccessRequest) -> Result<bool, ActionError> {
    let ActorKind::User(id) = actor.kind else { return Ok(true) };
    let member = organization_members::find(tx, request.organization_id, id).await?;
    Ok(member.is_some_and(|member| member.role.can_write()))
}
