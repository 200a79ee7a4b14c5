//! Everything that a reviewer needs to decide on one request, read at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::organization::{MemberRole, Organization};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::{AccessRequest, Message, MessageKind};
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::canned_reply::CannedReply;
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_core::portal::review::{AddressWarning, Familiar, address_warnings, host_of};
use gatehouse_core::portal::scope::Scope;
use gatehouse_store::access_requests::history::{self, Earlier};
use gatehouse_store::db::Tx;
use gatehouse_store::usage::{self, Sums};
use gatehouse_store::{
    access_requests, apis, application_changes, applications, audit, canned_replies, entitlements,
    organization_members, organizations, scopes, users, workspaces,
};

use super::Sees;
use crate::actions::{ActionError, Actor, ActorKind, authority};
use crate::context::Context;

/// Usage is summed over so long.
pub(in crate::actions) const USAGE: Duration = Duration::from_secs(30 * 86_400);
/// Lines of each list.
const EARLIER: i64 = 8;
const NAMES: i64 = 12;
const REVIEWERS: i64 = 100;

/// What the person who looks may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Decide.
    Reviewer,
    /// Look: the request is of their own organization, or they made it.
    Own,
}

/// The user whose workspaces the application's tokens see.
#[derive(Clone, Debug)]
pub struct ApiUser {
    /// The person.
    pub user: User,
    /// How many workspaces.
    pub workspaces: i64,
    /// The names of the first of them.
    pub names: Vec<String>,
}

/// A request with everything around it.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// What the person who looks may do.
    pub seat: Seat,
    /// The request.
    pub request: AccessRequest,
    /// The reference of the request that it follows.
    pub previous: Option<String>,
    /// Who asks.
    pub application: Application,
    /// Its redirect URIs, each with what to look at.
    pub addresses: Vec<(String, Vec<AddressWarning>)>,
    /// Whose it is.
    pub organization: Organization,
    /// Its owners and the developer who asks.
    pub contacts: Vec<User>,
    /// What for.
    pub api: Api,
    /// The scopes of the API.
    pub scopes: Vec<Scope>,
    /// What the application has of it.
    pub held: Option<Entitlement>,
    /// Whose workspaces its tokens see.
    pub api_user: Option<ApiUser>,
    /// Earlier decisions on requests of the organization.
    pub earlier: Vec<Earlier>,
    /// What the application used in the last 30 days.
    pub usage: Sums,
    /// The thread, oldest first, with notes for those who may read them.
    pub thread: Vec<Message>,
    /// Names of everybody who is spoken of.
    pub names: BTreeMap<UserId, String>,
    /// Who may be given the request.
    pub reviewers: Vec<User>,
    /// Texts to pick from.
    pub replies: Vec<CannedReply>,
}

/// One request by its reference, for a reviewer.
pub async fn dossier(ctx: &Context, actor: &Actor, reference: &str) -> Result<Dossier, ActionError> {
    let (db, ctx, actor, reference) = (&ctx.db, ctx.clone(), actor.clone(), reference.to_owned());
    db.read(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        let found = access_requests::find_by_reference(tx, &reference).await?;
        let request = found.ok_or_else(|| ActionError::not_found("access request", &reference))?;
        let sees = super::may_look(tx, &actor, &request).await?;
        let mut thread = access_requests::messages(tx, request.id).await?;
        thread.retain(|message| sees == Sees::Everything || message.kind != MessageKind::Note);
        let own = sees == Sees::Public || actor.kind == ActorKind::User(request.created_by);
        let application = missing(applications::find(tx, request.application_id).await?, "application")?;
        let organization = missing(organizations::find(tx, request.organization_id).await?, "organization")?;
        let previous = match request.previous_request_id {
            Some(id) => access_requests::find(tx, id).await?.map(|previous| previous.reference),
            None => None,
        };
        let reviewers = users::reviewers(tx, REVIEWERS).await?;
        Ok(Dossier {
            seat: if own { Seat::Own } else { Seat::Reviewer },
            previous,
            addresses: addresses(tx, &application, &organization).await?,
            contacts: contacts(tx, request.organization_id, request.created_by).await?,
            api: missing(apis::find(tx, request.api_id).await?, "API")?,
            scopes: scopes::list_of_api(tx, request.api_id).await?,
            held: entitlements::find(tx, application.id, request.api_id).await?,
            api_user: api_user(tx, application.api_user_id).await?,
            earlier: history::decisions(tx, organization.id, EARLIER).await?,
            usage: usage::sums(tx, application.id, ctx.now().minus(USAGE)).await?,
            names: names(tx, &request, &thread).await?,
            thread,
            reviewers,
            replies: canned_replies::list(tx).await?,
            application,
            organization,
            request,
        })
    })
    .await
}

fn missing<T>(found: Option<T>, kind: &'static str) -> Result<T, ActionError> {
    found.ok_or_else(|| ActionError::Internal(format!("the {kind} of a request is not there")))
}

/// Redirect URIs with what to look at, compared with those of the last approval.
async fn addresses(
    tx: &mut Tx,
    application: &Application,
    organization: &Organization,
) -> Result<Vec<(String, Vec<AddressWarning>)>, ActionError> {
    let had = had_at_approval(tx, application).await?;
    let had: Option<Vec<String>> = had.map(|uris| uris.iter().filter_map(|uri| host_of(uri)).collect());
    let homepages = homepages(application, organization);
    let familiar = Familiar { environment: application.environment, had: had.as_deref(), homepages: &homepages };
    let warned = |uri: &String| (uri.clone(), address_warnings(uri, familiar));
    Ok(application.redirect_uris.iter().map(warned).collect())
}

/// Hosts of the homepages of an application and its organization.
pub fn homepages(application: &Application, organization: &Organization) -> Vec<String> {
    [&application.homepage, &organization.homepage].into_iter().flatten().filter_map(|page| host_of(page)).collect()
}

/// The redirect URIs as they were when a request of the application, or a change of them, was last approved: before the
/// first change since.
async fn had_at_approval(tx: &mut Tx, application: &Application) -> Result<Option<Vec<String>>, ActionError> {
    let request = history::last_approval(tx, application.id).await?;
    let change = application_changes::last_approval(tx, application.id).await?;
    let Some(approved) = request.max(change) else { return Ok(None) };
    let filter = audit::Filter {
        action: Some("application.changed".to_owned()),
        target_kind: Some("application".to_owned()),
        target_id: Some(application.id.to_string()),
        from: Some(approved),
        ..audit::Filter::default()
    };
    let events = audit::list(tx, &filter, 1_000).await?;
    let before = events.iter().rev().find_map(|event| event.before.as_ref()?.get("redirect_uris").cloned());
    let had = before.and_then(|uris| serde_json::from_value(uris).ok());
    Ok(Some(had.unwrap_or_else(|| application.redirect_uris.clone())))
}

/// Whoever asks, and owners of the organization.
pub(in crate::actions) async fn contacts(
    tx: &mut Tx,
    organization: OrganizationId,
    asker: UserId,
) -> Result<Vec<User>, ActionError> {
    let mut ids = vec![asker];
    let members = organization_members::list(tx, organization).await?;
    let owners = members.into_iter().filter(|member| member.role == MemberRole::Owner).map(|member| member.user_id);
    ids.extend(owners.filter(|id| *id != asker).take(5));
    let mut found = Vec::new();
    for id in ids {
        found.extend(users::find(tx, id).await?);
    }
    Ok(found)
}

/// An API user with the workspaces that it opens.
pub(in crate::actions) async fn api_user(tx: &mut Tx, id: Option<UserId>) -> Result<Option<ApiUser>, ActionError> {
    let Some(id) = id else { return Ok(None) };
    let Some(user) = users::find(tx, id).await? else { return Ok(None) };
    let (workspaces, names) = workspaces::names_of_user(tx, id, NAMES).await?;
    Ok(Some(ApiUser { user, workspaces, names }))
}

async fn names(
    tx: &mut Tx,
    request: &AccessRequest,
    thread: &[Message],
) -> Result<BTreeMap<UserId, String>, ActionError> {
    let of_scopes = request
        .scopes
        .iter()
        .flat_map(|scope| [scope.first_approval.map(|first| first.by), scope.decided_by])
        .flatten();
    let ids: BTreeSet<UserId> = thread
        .iter()
        .map(|message| message.author_id)
        .chain(of_scopes)
        .chain([request.created_by])
        .chain(request.assignee_id)
        .collect();
    let mut names = BTreeMap::new();
    for id in ids {
        if let Some(user) = users::find(tx, id).await? {
            names.insert(id, user.name);
        }
    }
    Ok(names)
}
