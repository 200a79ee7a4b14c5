//! Ownership of an application goes to another organization.
//!
//! Client id, secrets and entitlements stay: what was approved was approved for this application. The API user stays
//! when it is a verified member of the new organization, else it is taken away, so that nobody's data is read for an
//! organization that they do not belong to. Open requests and changes must be decided or withdrawn first: they were
//! made, and are answered, in the name of the old one.

use gatehouse_core::id::{ApplicationId, OrganizationId, UserId};
use gatehouse_core::identity::organization::{MemberRole, Organization};
use gatehouse_core::portal::application::Application;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{access_requests, application_changes, applications, audit, organization_members, users};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, authority, organizations};
use crate::context::Context;
use crate::mail::texts::Text;

/// Requests of one application that are looked through for open ones.
const MOST_REQUESTS: i64 = 1_000;

/// To whom it goes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The new owner, `org_…`.
    #[schema(value_type = String)]
    pub organization_id: OrganizationId,
}

/// What must be decided or withdrawn first, by its reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A change that reviewers look at.
    Change(String),
    /// An access request.
    Request(String),
}

/// Gives an application to another organization. A user must own both.
pub async fn transfer(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    input: Transfer,
) -> Result<Application, ActionError> {
    let (db, ctx, actor, to) = (&ctx.db, ctx.clone(), actor.clone(), input.organization_id);
    db.write(async move |tx| {
        let before = super::load_for(tx, &actor, id, Want::Own).await?;
        authority::member(tx, &actor, to, Want::Own, || ActionError::not_found("organization", to)).await?;
        let (from, to) = (organizations::find(tx, before.organization_id).await?, organizations::find(tx, to).await?);
        check(tx, &before, &to).await?;
        let stays = match before.api_user_id {
            Some(user) => fits(tx, to.id, user).await?,
            None => true,
        };
        let api_user_id = before.api_user_id.filter(|_| stays);
        let next = super::next_version(&before, ctx.now())?;
        let after = Application { organization_id: to.id, api_user_id, ..next };
        if !applications::transfer(tx, &after).await? {
            return Err(ActionError::changed_meanwhile());
        }
        tx.change(Topic::Application, &after.client_id);
        let shown = |one: &Application| json!({"organization": one.organization_id, "api_user_id": one.api_user_id});
        let event = event(&ctx, &actor, "application.transferred", "application", id);
        audit::record(tx, &event.before(shown(&before)).after(shown(&after))).await?;
        tell(tx, (&ctx, &actor), (&before, &after), (&from, &to)).await?;
        Ok(after)
    })
    .await
}

/// What an application waits for now, before it can go.
pub async fn waits_for(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Option<Waiting>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            super::load_for(tx, &actor, id, Want::Look).await?;
            waiting(tx, id).await
        })
        .await
}

async fn check(tx: &mut Tx, application: &Application, to: &Organization) -> Result<(), ActionError> {
    if application.organization_id == to.id {
        return Err(ActionError::conflict("same_organization", "the application belongs to this organization already"));
    }
    let then = "withdraw it, or wait until it is decided";
    match waiting(tx, application.id).await? {
        None => Ok(()),
        Some(Waiting::Change(reference)) => {
            Err(ActionError::conflict("change_open", format!("change {reference} waits for its review: {then}")))
        }
        Some(Waiting::Request(reference)) => {
            Err(ActionError::conflict("request_open", format!("request {reference} is open: {then}")))
        }
    }
}

async fn waiting(tx: &mut Tx, id: ApplicationId) -> Result<Option<Waiting>, ActionError> {
    if let Some(open) = application_changes::open_of_application(tx, id).await?.first() {
        return Ok(Some(Waiting::Change(open.reference.clone())));
    }
    let filter = access_requests::Filter { application: Some(id), ..access_requests::Filter::default() };
    let requests = access_requests::list(tx, filter, "", MOST_REQUESTS).await?;
    let open = requests.into_iter().find(|request| request.state.is_open());
    Ok(open.map(|request| Waiting::Request(request.reference)))
}

/// What [`super::find_api_user`] asks of one who is chosen.
async fn fits(tx: &mut Tx, organization: OrganizationId, user: UserId) -> Result<bool, ActionError> {
    let found = users::find(tx, user).await?;
    let member = organization_members::find(tx, organization, user).await?;
    Ok(member.is_some() && found.is_some_and(|user| user.is_active() && user.is_verified()))
}

async fn tell(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (before, after): (&Application, &Application),
    (from, to): (&Organization, &Organization),
) -> Result<(), ActionError> {
    let lost = match before.api_user_id.filter(|_| after.api_user_id.is_none()) {
        Some(user) => users::find(tx, user).await?.map(|user| user.name).unwrap_or_default(),
        None => String::new(),
    };
    let notice = Notice::new(Text::ApplicationTransferred, format!("/applications/{}", after.id))
        .with("application", after.name.as_str())
        .with("from", from.name.as_str())
        .with("organization", to.name.as_str())
        .with("inviter", notices::who(tx, actor).await?)
        .with("api_user", lost);
    let mut owners = organization_members::list(tx, from.id).await?;
    owners.extend(organization_members::list(tx, to.id).await?);
    owners.retain(|member| member.role == MemberRole::Owner);
    owners.sort_by_key(|member| member.user_id);
    // Whoever transfers owns both, and is told once.
    owners.dedup_by_key(|member| member.user_id);
    for owner in owners {
        if let Some(user) = users::find(tx, owner.user_id).await? {
            notices::tell(tx, ctx, &user, &notice).await?;
        }
    }
    Ok(())
}
