//! People: making, verifying, disabling, roles, passwords.

mod create;
mod edit;
mod password;
mod set_email;
mod state;
mod verify_email;

pub use create::{NewUser, create};
pub(in crate::actions) use create::{insert, new_user};
pub(in crate::actions) use edit::{save, time_zone};
pub use edit::{set_role, set_time_zone};
pub(in crate::actions) use password::replace_password;
pub use password::set_password;
pub(in crate::actions) use set_email::move_to;
pub use set_email::set_email;
pub use state::{disable, enable};
pub use verify_email::verify_email;
pub(in crate::actions) use verify_email::{bind_invitation, bind_invitations, verify_in};

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::User;
use gatehouse_store::db::Tx;
use gatehouse_store::users;

use super::fields::{UserRef, user_ref};
use super::{ActionError, FieldError};
use crate::context::Context;

/// A user.
pub async fn get(ctx: &Context, id: UserId) -> Result<User, ActionError> {
    ctx.db.read(async move |tx| find(tx, id).await).await
}

/// A user by id or by address, as operators name one.
pub async fn get_by_ref(ctx: &Context, text: &str) -> Result<User, ActionError> {
    let user = user_ref("user", text).map_err(|error| ActionError::Invalid(vec![error]))?;
    let text = text.to_owned();
    ctx.db.read(async move |tx| resolve(tx, &user).await?.ok_or_else(|| ActionError::not_found("user", &text))).await
}

/// In order of id: `limit` users after `after`.
pub async fn list(ctx: &Context, after: String, limit: i64) -> Result<Vec<User>, ActionError> {
    ctx.db.read(async move |tx| Ok(users::list(tx, &after, limit).await?)).await
}

/// The user, or the error of every action on one who does not exist.
pub(super) async fn find(tx: &mut Tx, id: UserId) -> Result<User, ActionError> {
    users::find(tx, id).await?.ok_or_else(|| ActionError::not_found("user", id))
}

/// The user that a field of an input names; one who does not exist is an error of that field.
pub(super) async fn of_field(tx: &mut Tx, field: &str, user: &UserRef) -> Result<User, ActionError> {
    let unknown = || FieldError::new(field, "unknown_user", "there is no such user");
    resolve(tx, user).await?.ok_or_else(|| ActionError::Invalid(vec![unknown()]))
}

async fn resolve(tx: &mut Tx, user: &UserRef) -> Result<Option<User>, ActionError> {
    Ok(match user {
        UserRef::Id(id) => users::find(tx, *id).await?,
        UserRef::Email(email) => users::find_by_email(tx, email).await?,
    })
}
