//! `/manage/v1/users`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::{Role, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, NoContent, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::users::{self, NewUser};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(set_email))
        .routes(routes!(verify_email))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(set_role))
        .routes(routes!(set_password))
}

/// A user.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// `usr_…`
    pub id: String,
    /// As typed by its owner.
    pub email: String,
    /// Null until the address was shown to be the user's.
    pub email_verified_at: Option<Iso>,
    /// As other people see it.
    pub name: String,
    /// `developer`, `reviewer` or `admin`.
    pub role: String,
    /// `active` or `disabled`.
    pub state: String,
    /// IANA name.
    pub time_zone: String,
    /// When the account was made.
    pub created_at: Iso,
    /// Of the last change.
    pub updated_at: Iso,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_typed().to_owned(),
            email_verified_at: user.email_verified_at.map(Iso),
            name: user.name.clone(),
            role: user.role.to_string(),
            state: user.state.to_string(),
            time_zone: user.time_zone.clone(),
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
        }
    }
}

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleChange {
    /// `developer`, `reviewer` or `admin`.
    #[schema(value_type = String, example = "reviewer")]
    role: Role,
}

/// Another address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailChange {
    /// No other user has it.
    email: String,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// 8–256 characters, not among the most common ones.
    password: String,
}

/// List users
#[utoipa::path(get, path = "/users", tag = "Users", params(Paging), responses(
    (status = 200, description = "A page of users", body = Listed<UserView>),
))]
async fn list(State(ctx): State<Context>, Params(paging): Params<Paging>) -> Result<Json<Listed<UserView>>, Refusal> {
    let window = paging.window(&ctx, UserId::PREFIX)?;
    let found = users::list(&ctx, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(found, &window, |user| user.id.to_string())))
}

/// Create a user
///
/// Invitations to a verified address bind at once.
#[utoipa::path(post, path = "/users", tag = "Users", request_body = NewUser, responses(
    (status = 201, description = "The user", body = UserView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewUser>,
) -> Result<Created<UserView>, Refusal> {
    Ok(Created((&users::create(&ctx, &actor, input).await?).into()))
}

/// Get a user
#[utoipa::path(get, path = "/users/{id}", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user", body = UserView),
))]
async fn get(State(ctx): State<Context>, Path(id): Path<UserId>) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&users::get(&ctx, id).await?).into()))
}

/// Give a user another e-mail address
///
/// For whoever has lost the old one. Every browser of the user is signed out, and links that were mailed to the old
/// address end. The address is not verified: send a link there, or mark it as verified.
#[utoipa::path(put, path = "/users/{id}/email", tag = "Users", request_body = EmailChange,
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user as it is now", body = UserView),
))]
async fn set_email(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
    Body(change): Body<EmailChange>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&users::set_email(&ctx, &actor, id, &change.email).await?).into()))
}

/// Mark a user's address as verified
///
/// Invitations to the address bind.
#[utoipa::path(post, path = "/users/{id}/verify_email", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user as it is now", body = UserView),
))]
async fn verify_email(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&users::verify_email(&ctx, &actor, id).await?).into()))
}

/// Disable a user
///
/// Everything that was given out in the user's name is refused from now on.
#[utoipa::path(post, path = "/users/{id}/disable", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user as it is now", body = UserView),
))]
async fn disable(State(ctx): State<Context>, actor: Actor, Path(id): Path<UserId>) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&users::disable(&ctx, &actor, id).await?).into()))
}

/// Enable a disabled user
#[utoipa::path(post, path = "/users/{id}/enable", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user as it is now", body = UserView),
))]
async fn enable(State(ctx): State<Context>, actor: Actor, Path(id): Path<UserId>) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&users::enable(&ctx, &actor, id).await?).into()))
}

/// Give a user another role in the installation
#[utoipa::path(put, path = "/users/{id}/role", tag = "Users", request_body = RoleChange,
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "The user as it is now", body = UserView),
))]
async fn set_role(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
    Body(change): Body<RoleChange>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json((&users::set_role(&ctx, &actor, id, change.role).await?).into()))
}

/// Set a user's password
#[utoipa::path(put, path = "/users/{id}/password", tag = "Users", request_body = PasswordChange,
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 204, description = "It is set"),
))]
async fn set_password(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
    Body(change): Body<PasswordChange>,
) -> Result<NoContent, Refusal> {
    users::set_password(&ctx, &actor, id, &change.password).await?;
    Ok(NoContent)
}
