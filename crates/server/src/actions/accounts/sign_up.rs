//! A person makes an account. Whoever signs up with an address that has one gets the same answer, and the owner of the
//! address a mail.

use gatehouse_core::identity::one_time_link::Purpose;
use gatehouse_core::identity::password::{Password, PasswordHash};
use gatehouse_core::identity::user::{Role, User};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, users as user_rows};
use serde_json::json;

use super::finish_sign_up::unfinished_in;
use super::links;
use super::verify_email::VERIFY;
use crate::actions::fields::{self, Fields};
use crate::actions::notices::{self, Notice};
use crate::actions::{ActionError, Actor, ActorKind, events, users};
use crate::context::Context;
use crate::mail::texts::Text;
use crate::password_hashing;

/// Where somebody goes who has an account.
const SIGN_IN: &str = "/sign-in";

/// The mail with the link that finishes it.
const LINK: (Purpose, Text, &str) = (Purpose::VerifyEmail, Text::VerifyEmail, VERIFY);

/// Who wants an account.
#[derive(Clone, Default)]
pub struct SignUp {
    /// As other people see it.
    pub name: String,
    /// Verified by a link.
    pub email: String,
    /// 8–256 characters; `None` for whoever chooses what to sign in with by the link of the mail, such as a passkey.
    pub password: Option<String>,
    /// What the browser says; UTC for one that is not known here.
    pub time_zone: String,
    /// Where they were going: a path of ours, kept with the link of the mail.
    pub return_to: Option<String>,
}

/// Makes an account that is not verified, or tells the owner of the address. Only fields are told to whoever asks.
pub async fn sign_up(ctx: &Context, actor: &Actor, input: &SignUp) -> Result<(), ActionError> {
    let (user, password) = check(ctx, input)?;
    let hash = match password {
        Some(password) => Some(password_hashing::hash(ctx, password).await?),
        None => None,
    };
    let new = New { user, hash, return_to: input.return_to.clone() };
    match write(ctx, actor, &new).await {
        // Two at once with one address: the other was first.
        Err(ActionError::Invalid(_)) => write(ctx, actor, &new).await,
        done => done,
    }
}

/// What is written for somebody new.
#[derive(Clone)]
struct New {
    user: User,
    hash: Option<PasswordHash>,
    return_to: Option<String>,
}

async fn write(ctx: &Context, actor: &Actor, new: &New) -> Result<(), ActionError> {
    let (context, actor, new) = (ctx.clone(), actor.clone(), new.clone());
    ctx.db
        .write(async move |tx| match user_rows::find_by_email(tx, &new.user.email).await? {
            Some(known) => again(tx, (&context, &actor), &known, &new).await,
            None => make(tx, (&context, &actor), &new).await,
        })
        .await
}

async fn make(tx: &mut Tx, (ctx, actor): (&Context, &Actor), new: &New) -> Result<(), ActionError> {
    let New { user, hash, return_to } = new;
    users::insert(tx, user, hash.as_ref()).await?;
    let actor = Actor { kind: ActorKind::User(user.id), ..actor.clone() };
    let event = events::event(ctx, &actor, "user.signed_up", "user", user.id)
        .after(json!({ "role": user.role, "email_verified": false }))
        .personal("email", &user.email)
        .personal("name", &user.name);
    audit::record(tx, &event).await?;
    links::mail(tx, ctx, user, LINK, return_to.clone()).await
}

/// The owner of the address is told, or gets the link once more by which the account begins to be theirs.
async fn again(tx: &mut Tx, (ctx, actor): (&Context, &Actor), known: &User, new: &New) -> Result<(), ActionError> {
    let event = events::event(ctx, actor, "user.sign_up_repeated", "user", known.id);
    audit::record(tx, &event).await?;
    if unfinished_in(tx, known.id).await?.is_some() {
        return links::mail(tx, ctx, known, LINK, new.return_to.clone()).await;
    }
    notices::tell(tx, ctx, known, &Notice::new(Text::AddressHasAccount, SIGN_IN)).await
}

fn check(ctx: &Context, input: &SignUp) -> Result<(User, Option<Password>), ActionError> {
    let mut wrong = Fields::default();
    let name = wrong.take(fields::display_name("name", &input.name));
    let email = wrong.take(fields::email("email", &input.email));
    let password = input.password.as_deref();
    let password = wrong.take(password.map(|text| fields::password("password", text, email.as_ref())).transpose());
    let (Some(email), Some(name), Some(password)) = (email, name, password) else { return Err(wrong.refused()) };
    let user = users::new_user(ctx, email, name, Role::Developer);
    let time_zone = users::time_zone(&input.time_zone).unwrap_or_else(|_| user.time_zone.clone());
    Ok((User { time_zone, ..user }, password))
}
