//! `/manage/v1/organizations`, their members and invitations

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{InvitationId, OrganizationId, UserId};
use gatehouse_core::identity::organization::{MemberRole, Organization};
use gatehouse_core::identity::organization_invitation::OrganizationInvitation;
use gatehouse_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, NoContent, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::organizations::{
    self, MemberOf, NewMember, NewOrganization, NewOrganizationInvitation, OrganizationChange,
};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, edit))
        .routes(routes!(verify))
        .routes(routes!(unverify))
        .routes(routes!(list_members, add_member))
        .routes(routes!(set_member_role, remove_member))
        .routes(routes!(list_invitations, invite))
        .routes(routes!(withdraw_invitation))
}

/// An organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OrganizationView {
    /// `org_…`
    pub id: String,
    /// As everybody sees it.
    pub name: String,
    /// An https or http address.
    pub homepage: Option<String>,
    /// Null unless the operator checked who it is.
    pub verified_at: Option<Iso>,
    /// When it was made.
    pub created_at: Iso,
    /// Of the last change, its members included.
    pub updated_at: Iso,
}

/// A member of an organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OrganizationMember)]
pub struct MemberView {
    /// `usr_…`
    pub user_id: String,
    /// The user's address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// `owner`, `maintainer` or `viewer`.
    pub role: String,
    /// Since when.
    pub created_at: Iso,
}

/// An invitation to an organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OrganizationInvitation)]
pub struct OrganizationInvitationView {
    /// `inv_…`
    pub id: String,
    /// Whom it is for.
    pub email: String,
    /// `owner`, `maintainer` or `viewer`.
    pub role: String,
    /// `waiting` for its user to accept, or `expired`.
    pub state: String,
    /// When it was made.
    pub created_at: Iso,
    /// From when on nobody can accept it.
    pub expires_at: Iso,
}

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberRoleChange {
    /// `owner`, `maintainer` or `viewer`.
    #[schema(value_type = String, example = "owner")]
    role: MemberRole,
}

impl From<&Organization> for OrganizationView {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name.clone(),
            homepage: organization.homepage.clone(),
            verified_at: organization.verified_at.map(Iso),
            created_at: organization.created_at.into(),
            updated_at: organization.updated_at.into(),
        }
    }
}

impl OrganizationInvitationView {
    /// One that nobody has accepted.
    pub fn open(invitation: &OrganizationInvitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.as_typed().to_owned(),
            role: invitation.role.to_string(),
            state: if invitation.is_open(now) { "waiting" } else { "expired" }.to_owned(),
            created_at: invitation.created_at.into(),
            expires_at: invitation.expires_at.into(),
        }
    }
}

impl From<&MemberOf> for MemberView {
    fn from(of: &MemberOf) -> Self {
        Self {
            user_id: of.user.id.to_string(),
            email: of.user.email.as_typed().to_owned(),
            name: of.user.name.clone(),
            role: of.member.role.to_string(),
            created_at: of.member.created_at.into(),
        }
    }
}

/// List organizations
#[utoipa::path(get, path = "/organizations", tag = "Organizations", params(Paging), responses(
    (status = 200, description = "A page of organizations", body = Listed<OrganizationView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(paging): Params<Paging>,
) -> Result<Json<Listed<OrganizationView>>, Refusal> {
    let window = paging.window(&ctx, OrganizationId::PREFIX)?;
    let found = organizations::list(&ctx, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(found, &window, |organization| organization.id.to_string())))
}

/// Create an organization
#[utoipa::path(post, path = "/organizations", tag = "Organizations", request_body = NewOrganization, responses(
    (status = 201, description = "The organization", body = OrganizationView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewOrganization>,
) -> Result<Created<OrganizationView>, Refusal> {
    Ok(Created((&organizations::create(&ctx, &actor, input).await?).into()))
}

/// Get an organization
#[utoipa::path(get, path = "/organizations/{id}", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 200, description = "The organization", body = OrganizationView),
))]
async fn get(State(ctx): State<Context>, Path(id): Path<OrganizationId>) -> Result<Json<OrganizationView>, Refusal> {
    Ok(Json((&organizations::get(&ctx, id).await?).into()))
}

/// Change an organization
///
/// What is absent stays. A verified organization that changes its name or homepage is no longer verified.
#[utoipa::path(patch, path = "/organizations/{id}", tag = "Organizations", request_body = OrganizationChange,
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 200, description = "The organization as it is now", body = OrganizationView),
))]
async fn edit(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<OrganizationId>,
    Body(change): Body<OrganizationChange>,
) -> Result<Json<OrganizationView>, Refusal> {
    Ok(Json((&organizations::edit(&ctx, &actor, id, change).await?).into()))
}

/// Mark an organization as verified
#[utoipa::path(post, path = "/organizations/{id}/verify", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 200, description = "The organization as it is now", body = OrganizationView),
))]
async fn verify(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<OrganizationId>,
) -> Result<Json<OrganizationView>, Refusal> {
    Ok(Json((&organizations::verify(&ctx, &actor, id).await?).into()))
}

/// Take an organization's verified mark away
#[utoipa::path(post, path = "/organizations/{id}/unverify", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 200, description = "The organization as it is now", body = OrganizationView),
))]
async fn unverify(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<OrganizationId>,
) -> Result<Json<OrganizationView>, Refusal> {
    Ok(Json((&organizations::unverify(&ctx, &actor, id).await?).into()))
}

/// List the members of an organization
#[utoipa::path(get, path = "/organizations/{id}/members", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 200, description = "All members", body = Listed<MemberView>),
))]
async fn list_members(
    State(ctx): State<Context>,
    Path(id): Path<OrganizationId>,
) -> Result<Json<Listed<MemberView>>, Refusal> {
    let members = organizations::list_members(&ctx, id).await?;
    Ok(Json(Listed::whole(members.iter().map(MemberView::from))))
}

/// Add a member to an organization
#[utoipa::path(post, path = "/organizations/{id}/members", tag = "Organizations", request_body = NewMember,
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 201, description = "The member", body = MemberView),
))]
async fn add_member(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<OrganizationId>,
    Body(input): Body<NewMember>,
) -> Result<Created<MemberView>, Refusal> {
    Ok(Created((&organizations::add_member(&ctx, &actor, id, input).await?).into()))
}

/// Give a member another role
#[utoipa::path(put, path = "/organizations/{id}/members/{user_id}", tag = "Organizations",
    request_body = MemberRoleChange,
    params(("id" = String, Path, description = "`org_…`"), ("user_id" = String, Path, description = "`usr_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn set_member_role(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Path<(OrganizationId, UserId)>,
    Body(change): Body<MemberRoleChange>,
) -> Result<NoContent, Refusal> {
    organizations::set_member_role(&ctx, &actor, ids, change.role).await?;
    Ok(NoContent)
}

/// Remove a member from an organization
#[utoipa::path(delete, path = "/organizations/{id}/members/{user_id}", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`"), ("user_id" = String, Path, description = "`usr_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn remove_member(
    State(ctx): State<Context>,
    actor: Actor,
    Path((id, user)): Path<(OrganizationId, UserId)>,
) -> Result<NoContent, Refusal> {
    organizations::remove_member(&ctx, &actor, id, user).await?;
    Ok(NoContent)
}

/// List the invitations that nobody has accepted
#[utoipa::path(get, path = "/organizations/{id}/invitations", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 200, description = "All open and expired invitations", body = Listed<OrganizationInvitationView>),
))]
async fn list_invitations(
    State(ctx): State<Context>,
    Path(id): Path<OrganizationId>,
) -> Result<Json<Listed<OrganizationInvitationView>>, Refusal> {
    let now = ctx.now();
    let invitations = organizations::list_invitations(&ctx, id).await?;
    Ok(Json(Listed::whole(invitations.iter().map(|invitation| OrganizationInvitationView::open(invitation, now)))))
}

/// Invite an e-mail address to an organization
///
/// A mail goes to the address. The user whose verified address it is accepts within 7 days. An earlier
/// invitation that waits for the same address ends by it.
#[utoipa::path(post, path = "/organizations/{id}/invitations", tag = "Organizations",
    request_body = NewOrganizationInvitation,
    params(("id" = String, Path, description = "`org_…`")), responses(
    (status = 201, description = "The invitation", body = OrganizationInvitationView),
))]
async fn invite(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<OrganizationId>,
    Body(input): Body<NewOrganizationInvitation>,
) -> Result<Created<OrganizationInvitationView>, Refusal> {
    let invitation = organizations::invite(&ctx, &actor, id, input).await?.invitation;
    Ok(Created(OrganizationInvitationView::open(&invitation, invitation.created_at)))
}

/// Take an invitation back
#[utoipa::path(delete, path = "/organizations/{id}/invitations/{invitation_id}", tag = "Organizations",
    params(("id" = String, Path, description = "`org_…`"), ("invitation_id" = String, Path, description = "`inv_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn withdraw_invitation(
    State(ctx): State<Context>,
    actor: Actor,
    Path(ids): Path<(OrganizationId, InvitationId)>,
) -> Result<NoContent, Refusal> {
    organizations::withdraw_invitation(&ctx, &actor, ids).await?;
    Ok(NoContent)
}
