//! The first admin: a one-time link that whoever started the server opens in a browser.

use gatehouse_core::id::OneTimeLinkId;
use gatehouse_core::identity::one_time_link::{OneTimeLink, Purpose, Standing};
use gatehouse_core::identity::password::Password;
use gatehouse_core::identity::user::{Role, User};
use gatehouse_core::secret::{Secret, SecretHash, SecretKind, mint, well_formed};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, one_time_links, settings, users as user_rows};
use serde_json::json;

use super::fields::{self, Fields};
use super::{ActionError, Actor, ActorKind, events, users};
use crate::context::Context;
use crate::password_hashing;

/// Writing it first makes two set-ups wait for each other: the second then sees the first one's admin.
const LOCK: &str = "set_up.last_attempt_at";

/// Where the page is; the token follows.
pub const PATH: &str = "/set-up/";

/// Who is to be the first admin.
#[derive(Clone, Default)]
pub struct FirstAdmin {
    /// Taken as verified: whoever reads the server's output is trusted to know it.
    pub email: String,
    /// As other people see it.
    pub name: String,
    /// 8–256 characters.
    pub password: String,
}

/// Makes the link's token if there is no active admin; earlier links end. `None` when there is an admin.
pub async fn create_link(ctx: &Context, actor: &Actor) -> Result<Option<Secret>, ActionError> {
    let now = ctx.now();
    let token = mint(&ctx.secret_prefix, SecretKind::OneTimeLink, ctx.random());
    let link = OneTimeLink::new(OneTimeLinkId::new(now, ctx.random()), Purpose::SetUp, None, now);
    let (context, actor, hash) = (ctx.clone(), actor.clone(), token.hash());
    let made = ctx
        .db
        .write(async move |tx| {
            if has_admin(tx, &context).await? {
                return Ok::<_, ActionError>(false);
            }
            one_time_links::discard_unused(tx, Purpose::SetUp).await?;
            one_time_links::insert(tx, &link, hash).await?;
            let event = events::event(&context, &actor, "set_up.link_created", "one_time_link", link.id);
            audit::record(tx, &event).await?;
            Ok(true)
        })
        .await?;
    Ok(made.then_some(token))
}

/// Whether the page may show its form. Only [`complete`] decides.
pub async fn standing(ctx: &Context, token: &str) -> Result<Option<Standing>, ActionError> {
    if !well_formed(SecretKind::OneTimeLink, token) {
        return Ok(None);
    }
    let (hash, now) = (SecretHash::of(token), ctx.now());
    let link = ctx.db.read(async move |tx| one_time_links::find(tx, Purpose::SetUp, hash).await).await?;
    Ok(link.map(|link| link.standing(now)))
}

/// Uses the link up and makes the first admin. Fields that cannot be accepted leave the link as it is.
pub async fn complete(ctx: &Context, actor: &Actor, token: &str, input: &FirstAdmin) -> Result<User, ActionError> {
    if standing(ctx, token).await? != Some(Standing::Open) {
        return Err(link_over());
    }
    let (admin, password) = check(ctx, input)?;
    let hash = password_hashing::hash(ctx, password).await?;
    let link_hash = SecretHash::of(token);
    let actor = Actor { kind: ActorKind::User(admin.id), ..actor.clone() };
    let context = ctx.clone();
    ctx.db
        .write(async move |tx| {
            let now = context.now();
            let Some(link) = one_time_links::consume(tx, Purpose::SetUp, link_hash, now).await? else {
                return Err(link_over());
            };
            if has_admin(tx, &context).await? {
                return Err(ActionError::conflict("set_up_done", "this installation has an admin already"));
            }
            users::insert(tx, &admin, Some(&hash)).await?;
            let event = events::event(&context, &actor, "set_up.completed", "user", admin.id)
                .after(json!({"role": admin.role, "link": link.id}))
                .personal("email", &admin.email)
                .personal("name", &admin.name);
            audit::record(tx, &event).await?;
            users::bind_invitations(tx, &context, &actor, &admin).await?;
            Ok(admin.clone())
        })
        .await
}

async fn has_admin(tx: &mut Tx, ctx: &Context) -> Result<bool, ActionError> {
    settings::set(tx, LOCK, &ctx.now().to_string()).await?;
    Ok(user_rows::count_active_admins(tx).await? > 0)
}

fn check(ctx: &Context, input: &FirstAdmin) -> Result<(User, Password), ActionError> {
    let mut wrong = Fields::default();
    let name = wrong.take(fields::display_name("name", &input.name));
    let email = wrong.take(fields::email("email", &input.email));
    let password = wrong.take(fields::password("password", &input.password, email.as_ref()));
    let (Some(email), Some(name), Some(password)) = (email, name, password) else { return Err(wrong.refused()) };
    let user = users::new_user(ctx, email, name, Role::Admin);
    let email_verified_at = Some(user.created_at);
    Ok((User { email_verified_at, ..user }, password))
}

fn link_over() -> ActionError {
    let message =
        "this set-up link was used, has ended or was replaced by a newer one: start the server again for another";
    ActionError::conflict("link_over", message)
}
