//! What the owners of an application look at: everything of it at one look, and the parts that its pages show.

use std::collections::HashMap;

use gatehouse_core::id::{ApplicationId, UserId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState};
use gatehouse_core::portal::api::{Api, ApiVersion};
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_core::portal::client_secret_slot::ClientSecretSlot;
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_core::portal::openapi::origin;
use gatehouse_core::portal::scope::Scope;
use gatehouse_core::time::Timestamp;
use gatehouse_store::application_summaries::{self, ApplicationSummary};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::usage::Sums;
use gatehouse_store::{
    access_requests, api_versions, apis, client_secret_slots, client_secrets, entitlements, organizations, scopes,
    usage, users, workspaces,
};

use crate::actions::application_changes::Change;
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, ActorKind, application_changes};
use crate::context::Context;

/// Requests of one application that are looked through for open ones.
const MOST_REQUESTS: i64 = 200;

/// What an application may do at one API.
#[derive(Clone, Debug)]
pub struct Access {
    /// The API.
    pub api: Api,
    /// What was granted, scope by scope.
    pub entitlement: Entitlement,
    /// What the API's scopes mean.
    pub scopes: Vec<Scope>,
    /// The origin that calls go to, when not to the gate.
    pub elsewhere: Option<String>,
}

/// An application at one look.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The application.
    pub application: Application,
    /// The name of its organization.
    pub organization: String,
    /// Whose workspaces its tokens see.
    pub api_user: Option<User>,
    /// How many workspaces those are.
    pub workspaces: i64,
    /// What it may do.
    pub access: Vec<Access>,
    /// Its secrets.
    pub secrets: Secrets,
    /// Its access requests that are not decided yet.
    pub open_requests: Vec<AccessRequest>,
    /// Its newest access request, when nothing came of it.
    pub in_vain: Option<AccessRequest>,
    /// Its changes that wait for a review.
    pub changes: Vec<Change>,
    /// Calls since it was made.
    pub calls: Sums,
}

/// The secrets of an application, with the people behind them.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// All of them, oldest first, ended ones too.
    pub secrets: Vec<ClientSecret>,
    /// The slot that was opened last.
    pub slot: Option<ClientSecretSlot>,
    /// Names of those who made or collected one.
    pub people: HashMap<UserId, String>,
}

/// The applications of the acting user's organizations.
pub async fn mine(ctx: &Context, actor: &Actor) -> Result<Vec<ApplicationSummary>, ActionError> {
    let ActorKind::User(user) = actor.kind else { return Ok(Vec::new()) };
    let now = ctx.now();
    let list = async move |tx: &mut Tx| application_summaries::of_user(tx, user, now, now.plus_secs(-86_400)).await;
    Ok(ctx.db.read(list).await?)
}

/// Everything of one application.
pub async fn overview(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Overview, ActionError> {
    let (actor, now) = (actor.clone(), ctx.now());
    ctx.db
        .read(async move |tx| {
            let application = super::load_for(tx, &actor, id, Want::Look).await?;
            let organization = organizations::find(tx, application.organization_id).await?;
            let api_user = match application.api_user_id {
                Some(user) => users::find(tx, user).await?,
                None => None,
            };
            let workspaces = match application.api_user_id {
                Some(user) => workspaces::names_of_user(tx, user, 0).await?.0,
                None => 0,
            };
            let filter = access_requests::Filter { application: Some(id), ..access_requests::Filter::default() };
            let mut open_requests = access_requests::list(tx, filter, "", MOST_REQUESTS).await?;
            let newest = open_requests.last().cloned();
            open_requests.retain(|request| request.state_at(now).is_open());
            Ok(Overview {
                organization: organization.map_or_else(String::new, |organization| organization.name),
                api_user,
                workspaces,
                access: access_of(tx, id).await?,
                secrets: secrets_of(tx, id).await?,
                open_requests,
                in_vain: newest.filter(|request| came_to_nothing(request, now)),
                changes: application_changes::open(tx, id).await?,
                calls: usage::sums(tx, id, Timestamp::default()).await?,
                application,
            })
        })
        .await
}

fn came_to_nothing(request: &AccessRequest, now: Timestamp) -> bool {
    matches!(request.state_at(now), AccessRequestState::Declined | AccessRequestState::Expired)
}

/// What one application may do, API by API.
pub async fn access(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
) -> Result<(Application, Vec<Access>), ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            let application = super::load_for(tx, &actor, id, Want::Look).await?;
            Ok((application, access_of(tx, id).await?))
        })
        .await
}

/// The secrets of one application.
pub async fn secrets(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<(Application, Secrets), ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            let application = super::load_for(tx, &actor, id, Want::Look).await?;
            Ok((application, secrets_of(tx, id).await?))
        })
        .await
}

/// The same inside a transaction.
pub(in crate::actions) async fn access_of(tx: &mut Tx, id: ApplicationId) -> Result<Vec<Access>, DbError> {
    let mut access = Vec::new();
    for entitlement in entitlements::of_application(tx, id).await? {
        let Some(api) = apis::find(tx, entitlement.api_id).await? else { continue };
        let scopes = scopes::list_of_api(tx, api.id).await?;
        let elsewhere = match api.upstream {
            Some(_) => None,
            None => newest_version(tx, &api).await?.and_then(|version| origin(&version.document)),
        };
        access.push(Access { api, entitlement, scopes, elsewhere });
    }
    Ok(access)
}

/// What a reader of the API's page sees first.
async fn newest_version(tx: &mut Tx, api: &Api) -> Result<Option<ApiVersion>, DbError> {
    let mut served = api_versions::list_of_api(tx, api.id).await?;
    served.retain(ApiVersion::is_served);
    let lasting = served.iter().rposition(|version| version.sunset_at.is_none());
    Ok(lasting.map(|at| served.swap_remove(at)).or_else(|| served.pop()))
}

async fn secrets_of(tx: &mut Tx, id: ApplicationId) -> Result<Secrets, DbError> {
    let secrets = client_secrets::of_application(tx, id).await?;
    let slot = client_secret_slots::latest(tx, id).await?;
    let makers = secrets.iter().filter_map(|secret| secret.created_by.parse().ok());
    let collector = slot.as_ref().and_then(|slot| slot.collected_by);
    let mut people = HashMap::new();
    for user in makers.chain(collector) {
        if !people.contains_key(&user)
            && let Some(found) = users::find(tx, user).await?
        {
            people.insert(user, found.name);
        }
    }
    Ok(Secrets { secrets, slot, people })
}
