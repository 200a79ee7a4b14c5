//! Makes a user.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::password::{Password, PasswordHash};
use gatehouse_core::identity::user::{Role, User, UserState};
use gatehouse_store::audit;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::users;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::edit::time_zone;
use super::verify_email::bind_invitations;
use crate::actions::fields::{self, Fields};
use crate::actions::{ActionError, Actor, FieldError, authority, events};
use crate::context::Context;
use crate::password_hashing;

/// A user to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Unique, whatever its case.
    pub email: String,
    /// As other people see it.
    pub name: String,
    /// `developer` unless said otherwise; `reviewer` and `admin` are for the whole installation.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "developer")]
    pub role: Option<Role>,
    /// 8–256 characters. Without one the user cannot sign in by password.
    #[serde(default)]
    pub password: Option<String>,
    /// Takes the address as verified: the operator knows whose it is.
    #[serde(default)]
    pub email_verified: bool,
    /// IANA name such as `Europe/Berlin`; `Etc/UTC` unless said otherwise.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// Makes a user; invitations to a verified address bind at once.
pub async fn create(ctx: &Context, actor: &Actor, input: NewUser) -> Result<User, ActionError> {
    let (user, password) = check(ctx, &input)?;
    let hash = match password {
        Some(password) => Some(password_hashing::hash(ctx, password).await?),
        None => None,
    };
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            insert(tx, &user, hash.as_ref()).await?;
            let event = events::event(&context, &actor, "user.created", "user", user.id)
                .after(json!({"role": user.role, "email_verified": user.is_verified()}))
                .personal("email", &user.email)
                .personal("name", &user.name);
            audit::record(tx, &event).await?;
            bind_invitations(tx, &context, &actor, &user).await?;
            Ok(user.clone())
        })
        .await
}

/// Writes a new user and says so to the data plane; an address that is taken is an error of its field.
pub(in crate::actions) async fn insert(
    tx: &mut Tx,
    user: &User,
    hash: Option<&PasswordHash>,
) -> Result<(), ActionError> {
    users::insert(tx, user, hash).await.map_err(email_taken)?;
    tx.change(Topic::User, user.id.to_string());
    Ok(())
}

fn check(ctx: &Context, input: &NewUser) -> Result<(User, Option<Password>), ActionError> {
    let mut wrong = Fields::default();
    let email = wrong.take(fields::email("email", &input.email));
    let name = wrong.take(fields::display_name("name", &input.name));
    let zone = wrong.take(time_zone(input.time_zone.as_deref().unwrap_or("Etc/UTC")));
    let password =
        input.password.as_ref().and_then(|text| wrong.take(fields::password("password", text, email.as_ref())));
    let (Some(email), Some(name), Some(time_zone)) = (email, name, zone) else { return Err(wrong.refused()) };
    wrong.finish()?;
    let user = new_user(ctx, email, name, input.role.unwrap_or(Role::Developer));
    let email_verified_at = input.email_verified.then_some(user.created_at);
    Ok((User { time_zone, email_verified_at, ..user }, password))
}

/// An active user whose address is not verified.
pub(in crate::actions) fn new_user(ctx: &Context, email: Email, name: String, role: Role) -> User {
    let now = ctx.now();
    User {
        id: UserId::new(now, ctx.random()),
        email,
        email_verified_at: None,
        name,
        role,
        state: UserState::Active,
        time_zone: "Etc/UTC".to_owned(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// An address that is taken is an error of its field.
pub(super) fn email_taken(error: DbError) -> ActionError {
    if error.is_constraint(users::EMAIL_TAKEN) {
        return ActionError::Invalid(vec![FieldError::new("email", "taken", "another user has this address")]);
    }
    error.into()
}
