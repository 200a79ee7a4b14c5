//! Makes an organization.

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::organization::{Member, MemberRole, Organization};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, organization_members, organizations};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::fields::{self, Fields};
use crate::actions::{ActionError, Actor, ActorKind, authority, events, users};
use crate::context::Context;

/// An organization to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// As everybody sees it.
    pub name: String,
    /// An https or http address.
    #[serde(default)]
    pub homepage: Option<String>,
    /// Its first owner: a user's id or e-mail address. Without one it has no members until an owner is added.
    #[serde(default)]
    pub owner: Option<String>,
}

/// Makes an organization, with its first owner when one is named.
pub async fn create(ctx: &Context, actor: &Actor, input: NewOrganization) -> Result<Organization, ActionError> {
    let mut wrong = Fields::default();
    let name = wrong.take(fields::display_name("name", &input.name));
    let homepage = input.homepage.and_then(|text| wrong.take(fields::homepage("homepage", &text)));
    let owner = input.owner.and_then(|text| wrong.take(fields::user_ref("owner", &text)));
    let Some(name) = name else { return Err(wrong.refused()) };
    wrong.finish()?;

    let organization = new_organization(ctx, name, homepage);
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::verified(tx, &actor).await?;
            let owner = match (&actor.kind, &owner) {
                // Whoever makes an organization owns it, and makes none for others.
                (ActorKind::User(id), _) => Some(*id),
                (_, Some(owner)) => Some(users::of_field(tx, "owner", owner).await?.id),
                (_, None) => None,
            };
            insert_in(tx, (&context, &actor), &organization, owner).await?;
            Ok(organization.clone())
        })
        .await
}

/// One that nobody has checked yet.
pub(in crate::actions) fn new_organization(ctx: &Context, name: String, homepage: Option<String>) -> Organization {
    let now = ctx.now();
    let id = OrganizationId::new(now, ctx.random());
    Organization { id, name, homepage, verified_at: None, created_at: now, updated_at: now, version: 1 }
}

/// Writes a new organization, its first owner and the event.
pub(in crate::actions) async fn insert_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    organization: &Organization,
    owner: Option<UserId>,
) -> Result<(), ActionError> {
    organizations::insert(tx, organization).await?;
    let mut after = json!({"name": organization.name, "homepage": organization.homepage});
    if let Some(user_id) = owner {
        let (role, created_at) = (MemberRole::Owner, organization.created_at);
        let member = Member { organization_id: organization.id, user_id, role, created_at };
        organization_members::insert(tx, &member).await?;
        after["owner"] = json!(user_id);
    }
    let event = events::event(ctx, actor, "organization.created", "organization", organization.id);
    Ok(audit::record(tx, &event.after(after)).await?)
}
