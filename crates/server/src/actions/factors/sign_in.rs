//! Signing in by a code after the password, or by a passkey: a new session, or the one that there is, renewed.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::passkey::{self, Assertion, Known, PasskeyError};
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::session::{AuthenticationMethod, Device, Proved};
use gatehouse_core::identity::user::User;
use gatehouse_core::secret::{Secret, SecretHash};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, passkeys as rows, users};
use serde_json::json;

use super::app::{recognize, use_up};
use super::change::active;
use super::passkeys::site;
use super::ticket::{Entry, Presented, Ticket};
use crate::actions::{ActionError, Actor, ActorKind, events, sessions};
use crate::context::Context;

/// Somebody is in.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Who.
    pub user: User,
    /// The value of the cookie.
    pub cookie: Secret,
}

/// For the step after the right password, of a user who has an app.
pub fn ticket_for_code(user: UserId, entry: Entry, password: &PasswordHash) -> Ticket {
    Ticket::Code { user, entry, password: fingerprint(password) }
}

/// The second step. `None` for a wrong code, a code that was used, and a ticket that is not for this or was used.
pub async fn second_step(
    ctx: &Context,
    actor: &Actor,
    ticket: Presented,
    typed: &str,
    device: Device,
) -> Result<Option<Entered>, ActionError> {
    let Ticket::Code { user, entry, password } = ticket.ticket.clone() else { return Ok(None) };
    let Some(code) = recognize(ctx, user, typed).await? else { return Ok(None) };
    let (context, actor) = (ctx.clone(), Actor { kind: ActorKind::User(user), ..actor.clone() });
    let entering = ctx
        .db
        .write(async move |tx| {
            let hash = users::password_hash(tx, user).await?;
            if hash.is_none_or(|hash| fingerprint(&hash) != password) {
                return Err(ActionError::changed_meanwhile());
            }
            ticket.use_up(tx).await?;
            let person = active(tx, user).await?;
            if !use_up(tx, (&context, &actor), &person, &code).await? {
                return Err(ActionError::changed_meanwhile());
            }
            let amr = [AuthenticationMethod::Password, AuthenticationMethod::OneTimePassword];
            enter(tx, (&context, &actor), (person, entry), &amr, &device).await
        })
        .await;
    settle(entering)
}

/// By a passkey; `session` is the one to be renewed, whose user it must be. `None` for whatever is not right.
pub async fn by_passkey(
    ctx: &Context,
    actor: &Actor,
    (ticket, answer): (Presented, &Assertion),
    session: Option<(UserId, SessionId)>,
    device: Device,
) -> Result<Option<Entered>, ActionError> {
    let credential = answer.credential_id.clone();
    let found = ctx.db.read(async move |tx| rows::find_by_credential(tx, &credential).await).await?;
    let Some(found) = found.filter(|_| ticket.ticket == Ticket::Passkey) else { return Ok(None) };
    if session.is_some_and(|(user, _)| user != found.user_id) {
        return Ok(None);
    }
    let actor = Actor { kind: ActorKind::User(found.user_id), ..actor.clone() };
    let known = Known { user_id: found.user_id, credential: &found.credential };
    let proven = match passkey::sign_in(answer, known, ticket.challenge(), &site(ctx)?) {
        Ok(proven) => proven,
        Err(error) => {
            tracing::info!(passkey.id = %found.id, %error, "passkey.refused");
            if error == PasskeyError::Counter {
                tell_of_copy(ctx, &actor, &found).await?;
            }
            return Ok(None);
        }
    };
    let (context, id, user) = (ctx.clone(), found.id, found.user_id);
    let entering = ctx
        .db
        .write(async move |tx| {
            ticket.use_up(tx).await?;
            let person = active(tx, user).await?;
            if !rows::mark_used(tx, id, proven, context.now()).await? {
                return Err(ActionError::changed_meanwhile());
            }
            let entry = session.map_or(Entry::New, |(_, session)| Entry::Renewed(session, Proved::Everything));
            enter(tx, (&context, &actor), (person, entry), &[AuthenticationMethod::Passkey], &device).await
        })
        .await;
    settle(entering)
}

async fn enter(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (user, entry): (User, Entry),
    amr: &[AuthenticationMethod],
    device: &Device,
) -> Result<Entered, ActionError> {
    let cookie = match entry {
        Entry::Renewed(session, proved) => sessions::renew_in(tx, (ctx, actor), session, (amr, proved)).await?,
        Entry::New => sessions::open_in(tx, (ctx, actor), user.id, (amr, device)).await?.cookie,
    };
    Ok(Entered { user, cookie })
}

/// A counter that goes back is the sign of a copied authenticator (Web Authentication §6.1.1).
async fn tell_of_copy(ctx: &Context, actor: &Actor, passkey: &passkey::Passkey) -> Result<(), ActionError> {
    let event = events::event(ctx, actor, "user.passkey_counter_went_back", "user", passkey.user_id)
        .after(json!({ "passkey": passkey.id }));
    Ok(ctx.db.write(async move |tx| audit::record(tx, &event).await).await?)
}

fn settle(entering: Result<Entered, ActionError>) -> Result<Option<Entered>, ActionError> {
    match entering {
        Ok(entered) => Ok(Some(entered)),
        Err(ActionError::Conflict { .. } | ActionError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn fingerprint(password: &PasswordHash) -> String {
    let hash = SecretHash::of(password.as_str());
    hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
