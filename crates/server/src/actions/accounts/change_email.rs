//! A signed-in user moves the account to another address. The address stays what it is until a link that was sent to the
//! new one is used, by the same user; the old one is told twice.
//!
//! Nobody learns whether the new address has an account: its owner is told instead. The link is bound to its user, so
//! that nobody can lure the owner of an address into showing it for somebody else's account, with the invitations that
//! wait for it.

use gatehouse_core::id::{OneTimeLinkId, SessionId, UserId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::{OneTimeLink, Purpose};
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{SecretHash, SecretKind, mint};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, one_time_links, sessions as session_rows, users as user_rows};

use super::change_password::{self, FORGOT};
use super::links;
use crate::actions::fields::{self, Fields};
use crate::actions::notices::{self, Notice};
use crate::actions::sessions::{self, Opened};
use crate::actions::{ActionError, Actor, FieldError, events, users};
use crate::context::Context;
use crate::mail::texts::Text;

/// The token follows.
const CHANGE: &str = "/profile/email/";

/// A change that may be asked for: the address can be one, and the present password was typed.
pub struct EmailChange {
    user: User,
    proof: Option<PasswordHash>,
    /// Where the link goes.
    pub email: Email,
}

/// Checks what was typed. The fields are `email` and `current_password`.
pub async fn check_email_change(
    ctx: &Context,
    id: UserId,
    (email, password): (&str, &str),
) -> Result<EmailChange, ActionError> {
    let user = users::get(ctx, id).await?;
    let mut wrong = Fields::default();
    let email = wrong.take(fields::email("email", email).and_then(|email| differs(&user, email)));
    let proof = change_password::prove(ctx, id, password).await;
    match (email, proof) {
        (Some(email), Ok(proof)) => Ok(EmailChange { user, proof, email }),
        (None, Ok(_)) => Err(wrong.refused()),
        (None, Err(ActionError::Invalid(more))) => Err(match wrong.refused() {
            ActionError::Invalid(errors) => ActionError::Invalid(errors.into_iter().chain(more).collect()),
            error => error,
        }),
        (_, Err(error)) => Err(error),
    }
}

/// Mails the link to the new address, or tells its owner; and tells the present address. An earlier link ends.
pub async fn request_email_change(ctx: &Context, actor: &Actor, change: EmailChange) -> Result<(), ActionError> {
    let (context, actor, id) = (ctx.clone(), actor.clone(), change.user.id);
    ctx.db
        .write(async move |tx| {
            if user_rows::password_hash(tx, id).await? != change.proof {
                return Err(ActionError::changed_meanwhile());
            }
            let user = users::find(tx, id).await?;
            one_time_links::discard_unused_of(tx, Purpose::ChangeEmail, id).await?;
            send(tx, &context, &user, &change.email).await?;
            if user.is_verified() {
                let notice = Notice::new(Text::EmailChangeAsked, FORGOT).at("at", context.now());
                notices::tell(tx, &context, &user, &notice).await?;
            }
            let event = events::event(&context, &actor, "user.email_change_requested", "user", id);
            Ok(audit::record(tx, &event.personal("email", &change.email)).await?)
        })
        .await
}

/// The address that waits for its link to be used.
pub async fn pending_email(ctx: &Context, id: UserId) -> Result<Option<Email>, ActionError> {
    let now = ctx.now();
    let link = ctx.db.read(async move |tx| one_time_links::open_of(tx, Purpose::ChangeEmail, id, now).await).await?;
    Ok(link.and_then(|link| link.email))
}

/// Takes a change back that waits for its link.
pub async fn cancel_email_change(ctx: &Context, actor: &Actor, id: UserId) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            if one_time_links::open_of(tx, Purpose::ChangeEmail, id, context.now()).await?.is_some() {
                one_time_links::discard_unused_of(tx, Purpose::ChangeEmail, id).await?;
                let event = events::event(&context, &actor, "user.email_change_cancelled", "user", id);
                audit::record(tx, &event).await?;
            }
            Ok(())
        })
        .await
}

/// The address of a link that still works and is this user's, for its page. Only using it decides.
pub async fn email_change_of(ctx: &Context, id: UserId, token: &str) -> Result<Email, ActionError> {
    address_of(links::open_link(ctx, Purpose::ChangeEmail, token).await?, id)
}

/// Uses the link up: the new address is the user's and verified, every browser is signed out, what was allowed to
/// applications there ends, and this one gets a new session. Links that went to the old address end.
pub async fn confirm_email_change(
    ctx: &Context,
    actor: &Actor,
    (id, session): (UserId, SessionId),
    token: &str,
    device: Device,
) -> Result<Opened, ActionError> {
    email_change_of(ctx, id, token).await?;
    let (context, actor, hash) = (ctx.clone(), actor.clone(), SecretHash::of(token));
    ctx.db
        .write(async move |tx| {
            let (ctx, now) = (&context, context.now());
            let link = one_time_links::consume(tx, Purpose::ChangeEmail, hash, now).await?;
            let email = address_of(link, id)?;
            let before = users::find(tx, id).await?;
            if user_rows::find_by_email(tx, &email).await?.is_some_and(|other| other.id != id) {
                let message = "another account has this address meanwhile: sign in there, or choose another address";
                return Err(ActionError::conflict("email_taken", message));
            }
            users::move_to(tx, (ctx, &actor), &before, &email).await?;
            users::verify_in(tx, (ctx, &actor), id).await?;
            if before.is_verified() {
                notices::tell(tx, ctx, &before, &Notice::new(Text::EmailChanged, FORGOT).at("at", now)).await?;
            }
            let proofs = proofs(tx, id, session, now).await?;
            let opened = sessions::open_in(tx, (ctx, &actor), id, (&proofs, &device)).await?;
            sessions::end_others_in(tx, (ctx, &actor), id, opened.session.id).await?;
            Ok(opened)
        })
        .await
}

fn differs(user: &User, email: Email) -> Result<Email, FieldError> {
    if email.key() == user.email.key() {
        return Err(FieldError::new("email", "unchanged", "this is your e-mail address already"));
    }
    Ok(email)
}

async fn send(tx: &mut Tx, ctx: &Context, user: &User, email: &Email) -> Result<(), ActionError> {
    let now = ctx.now();
    let token = mint(&ctx.secret_prefix, SecretKind::OneTimeLink, ctx.random());
    let link = OneTimeLink::new(OneTimeLinkId::new(now, ctx.random()), Purpose::ChangeEmail, Some(user.id), now);
    // A link that nobody is told stands for the address that is taken: the profile shows the same in both cases.
    one_time_links::insert(tx, &OneTimeLink { email: Some(email.clone()), ..link }, token.hash()).await?;
    if let Some(owner) = user_rows::find_by_email(tx, email).await? {
        return notices::tell(tx, ctx, &owner, &Notice::new(Text::EmailTaken, "/sign-in")).await;
    }
    let notice = Notice::new(Text::ConfirmEmailChange, format!("{CHANGE}{}", token.expose()))
        .with("valid", links::hours(Purpose::ChangeEmail.lifetime()));
    notices::tell(tx, ctx, &user.with_email(email.clone(), now), &notice).await
}

/// The address that a link of this user moves them to.
fn address_of(link: Option<OneTimeLink>, id: UserId) -> Result<Email, ActionError> {
    let link = link.ok_or_else(links::over)?;
    if link.user_id != Some(id) {
        return Err(links::other_account());
    }
    link.email.ok_or_else(links::over)
}

/// How the user had proved who they are, and the link.
async fn proofs(
    tx: &mut Tx,
    id: UserId,
    session: SessionId,
    now: gatehouse_core::time::Timestamp,
) -> Result<Vec<AuthenticationMethod>, ActionError> {
    let live = session_rows::list_of_user(tx, id, now).await?;
    let mut proofs = live.into_iter().find(|row| row.id == session).map(|row| row.amr).unwrap_or_default();
    if !proofs.contains(&AuthenticationMethod::Link) {
        proofs.push(AuthenticationMethod::Link);
    }
    Ok(proofs)
}
