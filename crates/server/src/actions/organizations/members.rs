//! Who belongs to an organization. `core` decides; the organization's version keeps two changes at once from being
//! decided on the same members.

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::organization::{self, By, Change, Member, MemberRole, MembershipError, Organization};
use gatehouse_core::identity::user::User;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, organization_members, users as user_rows};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{find, save};
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, ActorKind, authority, events, fields, members_told, users};
use crate::context::Context;

/// A member to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// A user's id or e-mail address.
    pub user: String,
    /// `owner`, `maintainer` or `viewer`; the first member must be an owner.
    #[schema(value_type = String, example = "maintainer")]
    pub role: MemberRole,
}

/// A membership and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberOf {
    /// The membership.
    pub member: Member,
    /// The person.
    pub user: User,
}

/// All members, the oldest first.
pub async fn list_members(ctx: &Context, id: OrganizationId) -> Result<Vec<MemberOf>, ActionError> {
    ctx.db
        .read(async move |tx| {
            find(tx, id).await?;
            members_of(tx, id).await
        })
        .await
}

/// The same inside a transaction.
pub(super) async fn members_of(tx: &mut Tx, id: OrganizationId) -> Result<Vec<MemberOf>, ActionError> {
    let mut members = Vec::new();
    for member in organization_members::list(tx, id).await? {
        if let Some(user) = user_rows::find(tx, member.user_id).await? {
            members.push(MemberOf { member, user });
        }
    }
    Ok(members)
}

/// Adds a user, without asking them. For operators and admins: everybody else invites, and learns nothing about who
/// has an account.
pub async fn add_member(
    ctx: &Context,
    actor: &Actor,
    id: OrganizationId,
    input: NewMember,
) -> Result<MemberOf, ActionError> {
    let user = fields::user_ref("user", &input.user).map_err(|error| ActionError::Invalid(vec![error]))?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let organization = find(tx, id).await?;
            let user = users::of_field(tx, "user", &user).await?;
            decide(tx, &organization, Change::Add(user.id, input.role), By::Operator).await?;
            let member = Member { organization_id: id, user_id: user.id, role: input.role, created_at: context.now() };
            organization_members::insert(tx, &member).await?;
            let event = events::event(&context, &actor, "organization.member_added", "organization", id)
                .after(json!({"user": user.id, "role": input.role}));
            audit::record(tx, &event).await?;
            touch(tx, &context, organization).await?;
            Ok(MemberOf { member, user })
        })
        .await
}

/// Gives a member another role.
pub async fn set_member_role(
    ctx: &Context,
    actor: &Actor,
    (id, user): (OrganizationId, UserId),
    role: MemberRole,
) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let by = member(tx, &actor, id).await?;
            let organization = find(tx, id).await?;
            let before = decide(tx, &organization, Change::SetRole(user, role), by).await?;
            organization_members::set_role(tx, id, user, role).await?;
            let event = events::event(&context, &actor, "organization.member_role_changed", "organization", id)
                .before(json!({"user": user, "role": before}))
                .after(json!({"user": user, "role": role}));
            audit::record(tx, &event).await?;
            if before != Some(role) {
                let place = (&organization).into();
                members_told::changed(tx, (&context, &actor), user, place, role.as_str()).await?;
            }
            touch(tx, &context, organization).await
        })
        .await
}

/// Removes a member, or lets one leave.
pub async fn remove_member(ctx: &Context, actor: &Actor, id: OrganizationId, user: UserId) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let by = member(tx, &actor, id).await?;
            let organization = find(tx, id).await?;
            let before = decide(tx, &organization, Change::Remove(user), by).await?;
            organization_members::remove(tx, id, user).await?;
            let event = events::event(&context, &actor, "organization.member_removed", "organization", id)
                .before(json!({"user": user, "role": before}));
            audit::record(tx, &event).await?;
            members_told::ended(tx, (&context, &actor), user, (&organization).into()).await?;
            touch(tx, &context, organization).await
        })
        .await
}

/// In whose name; whoever is no member learns nothing.
async fn member(tx: &mut Tx, actor: &Actor, id: OrganizationId) -> Result<By, ActionError> {
    authority::member(tx, actor, id, Want::Look, || ActionError::not_found("organization", id)).await?;
    Ok(match actor.kind {
        ActorKind::User(id) => By::User(id),
        ActorKind::Operator(_) | ActorKind::CommandLine(_) | ActorKind::System(_) => By::Operator,
    })
}

/// The role before, if `core` allows the change.
async fn decide(
    tx: &mut Tx,
    organization: &Organization,
    change: Change,
    by: By,
) -> Result<Option<MemberRole>, ActionError> {
    let members = organization_members::list(tx, organization.id).await?;
    organization::check(&members, change, by).map_err(|error| refused(organization, change, error))?;
    let (Change::Add(user, _) | Change::SetRole(user, _) | Change::Remove(user)) = change;
    Ok(organization::role_of(&members, user))
}

fn refused(organization: &Organization, change: Change, error: MembershipError) -> ActionError {
    match (error, change) {
        (MembershipError::NotMember, Change::SetRole(user, _) | Change::Remove(user)) => {
            ActionError::not_found("member", format!("{user} of {}", organization.id))
        }
        (MembershipError::NotAllowed | MembershipError::OwnersOnly, _) => forbidden(error),
        _ => ActionError::conflict(error.code(), error.to_string()),
    }
}

pub(super) fn forbidden(error: MembershipError) -> ActionError {
    ActionError::forbidden(error.code(), error.to_string())
}

pub(in crate::actions) async fn touch(
    tx: &mut Tx,
    ctx: &Context,
    organization: Organization,
) -> Result<(), ActionError> {
    let (updated_at, version) = (ctx.now(), organization.version + 1);
    save(tx, &Organization { updated_at, version, ..organization }).await
}
