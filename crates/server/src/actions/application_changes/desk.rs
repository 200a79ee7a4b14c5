//! The reviewers' list of changes, and everything that a reviewer needs to decide on one, read at one moment.

use gatehouse_core::identity::organization::Organization;
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::application_change::{Addresses, ApplicationChangeState, Proposal};
use gatehouse_core::portal::review::{AddressWarning, Familiar, address_warnings, host_of};
use gatehouse_store::application_changes::{self, Queued, Stage};
use gatehouse_store::db::Tx;
use gatehouse_store::usage::{self, Sums};
use gatehouse_store::{applications, organizations};

use super::show::{Change, named};
use super::{missing, user_of};
use crate::actions::access_requests::{ApiUser, Seat, USAGE, api_user, contacts, homepages};
use crate::actions::applications::{Access, access_of, find_api_user};
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// Earlier changes of the application.
const EARLIER: i64 = 8;

/// Which part of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What waits, or what has ended.
    pub stage: Stage,
    /// Rows before the first.
    pub skip: i64,
    /// Rows at most.
    pub limit: i64,
}

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// In order.
    pub changes: Vec<Queued>,
    /// Whether there are more.
    pub more: bool,
    /// How many wait in all.
    pub open: i64,
}

/// A page of the list, for a reviewer.
pub async fn queue(ctx: &Context, actor: &Actor, wanted: Wanted) -> Result<Queue, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            authority::reviewer(tx, &actor).await?;
            let open = application_changes::count_open(tx).await?;
            let mut changes = application_changes::queue(tx, wanted.stage, (wanted.skip, wanted.limit + 1)).await?;
            let most = usize::try_from(wanted.limit).unwrap_or_default();
            let more = changes.len() > most;
            changes.truncate(most);
            Ok(Queue { changes, more, open })
        })
        .await
}

/// One address of a list that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// It stays.
    Kept(String),
    /// It comes, with what to look at.
    Added(String, Vec<AddressWarning>),
    /// It goes.
    Removed(String),
}

/// A change with everything around it.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// What the person who looks may do.
    pub seat: Seat,
    /// The change.
    pub change: Change,
    /// Of which application, as it is now.
    pub application: Application,
    /// Whose it is.
    pub organization: Organization,
    /// Whoever proposed it, and the owners.
    pub contacts: Vec<User>,
    /// Old against new, when addresses change.
    pub addresses: Vec<Address>,
    /// Old and new, when the API user changes.
    pub api_users: (Option<ApiUser>, Option<ApiUser>),
    /// The new API user cannot be one any more: approving would be refused.
    pub is_impossible: bool,
    /// What the application may do.
    pub access: Vec<Access>,
    /// What it used in the last 30 days.
    pub usage: Sums,
    /// Changes that ended earlier.
    pub earlier: Vec<Change>,
}

/// One change by its reference, for a reviewer.
pub async fn dossier(ctx: &Context, actor: &Actor, reference: &str) -> Result<Dossier, ActionError> {
    let (db, ctx, actor, reference) = (&ctx.db, ctx.clone(), actor.clone(), reference.to_owned());
    db.read(async move |tx| {
        authority::reviewer(tx, &actor).await?;
        let found = application_changes::find_by_reference(tx, &reference).await?;
        let change = found.ok_or_else(|| missing(&reference))?;
        let gone = |kind: &str| ActionError::Internal(format!("the {kind} of a change is not there"));
        let application = applications::find(tx, change.application_id).await?.ok_or_else(|| gone("application"))?;
        let organization =
            organizations::find(tx, change.organization_id).await?.ok_or_else(|| gone("organization"))?;
        let mut earlier = Vec::new();
        for ended in application_changes::ended_of_application(tx, application.id, EARLIER).await? {
            if ended.id != change.id {
                earlier.push(named(tx, ended).await?);
            }
        }
        let api_users = match change.proposal {
            Proposal::ApiUser { before, after } => (api_user(tx, before).await?, api_user(tx, after).await?),
            _ => (None, None),
        };
        let is_impossible = match change.proposal {
            Proposal::ApiUser { after: Some(user), .. } if change.state == ApplicationChangeState::Submitted => {
                find_api_user(tx, &application, &user.to_string()).await.is_err()
            }
            _ => false,
        };
        Ok(Dossier {
            is_impossible,
            seat: seat(tx, &actor, (&organization, change.proposed_by)).await?,
            contacts: contacts(tx, organization.id, change.proposed_by).await?,
            addresses: addresses(&change.proposal, &application, &organization),
            api_users,
            access: access_of(tx, application.id).await?,
            usage: usage::sums(tx, application.id, ctx.now().minus(USAGE)).await?,
            earlier,
            change: named(tx, change).await?,
            application,
            organization,
        })
    })
    .await
}

/// Whoever is a member of the organization, or proposed the change, looks only.
async fn seat(
    tx: &mut Tx,
    actor: &Actor,
    (organization, proposed_by): (&Organization, gatehouse_core::id::UserId),
) -> Result<Seat, ActionError> {
    let Some(user) = user_of(actor) else { return Ok(Seat::Reviewer) };
    let member = gatehouse_store::organization_members::find(tx, organization.id, user).await?;
    Ok(if member.is_some() || user == proposed_by { Seat::Own } else { Seat::Reviewer })
}

/// Old against new. What is in use was approved: new addresses are compared with it.
fn addresses(proposal: &Proposal, application: &Application, organization: &Organization) -> Vec<Address> {
    let lists = match proposal {
        Proposal::RedirectUris(lists) | Proposal::PostLogoutRedirectUris(lists) => lists,
        Proposal::ApiUser { .. } => return Vec::new(),
    };
    let approved = application.redirect_uris.iter().chain(&application.post_logout_redirect_uris);
    // Of a change that was approved, what it added is in use by now.
    let had: Vec<String> =
        approved.filter(|uri| !lists.added().any(|added| added == *uri)).filter_map(|uri| host_of(uri)).collect();
    let homepages = homepages(application, organization);
    let familiar = Familiar { environment: application.environment, had: Some(&had), homepages: &homepages };
    compared(lists, |uri| address_warnings(uri, familiar))
}

fn compared(lists: &Addresses, warnings: impl Fn(&str) -> Vec<AddressWarning>) -> Vec<Address> {
    let wanted = lists.after.iter().map(|uri| match lists.before.contains(uri) {
        true => Address::Kept(uri.clone()),
        false => Address::Added(uri.clone(), warnings(uri)),
    });
    wanted.chain(lists.removed().map(|uri| Address::Removed(uri.clone()))).collect()
}
