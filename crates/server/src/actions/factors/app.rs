//! The authenticator app: setting it up, taking it away, checking what it shows.

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::recovery_code;
use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_core::identity::totp::Seed;
use gatehouse_core::identity::user::User;
use gatehouse_core::random::bytes;
use gatehouse_core::secret::SecretHash;
use gatehouse_store::db::Tx;
use gatehouse_store::totp_seeds::{self, TotpSeed};
use gatehouse_store::{audit, recovery_codes as code_rows};
use serde_json::json;

use super::change::{APP, gained, lost, still, tell_code_used};
use super::{Gained, recovery_codes};
use crate::actions::accounts::prove;
use crate::actions::{ActionError, Actor, FieldError, events};
use crate::context::Context;

/// Seeds sealed anew in one go.
const BATCH: u32 = 100;

/// A seed with its first code. Holds secrets: no `Debug`.
pub struct Enrolment {
    /// The session that goes on.
    pub session: SessionId,
    /// As shown to the user.
    pub seed: Seed,
    /// What the app shows, as typed.
    pub code: String,
    /// The present password.
    pub password: String,
}

/// A code that fits; using it up decides.
pub(super) enum Code {
    /// Of the app.
    Step(i64),
    /// Of the list.
    Recovery(SecretHash),
}

/// For the page that sets an app up.
pub fn new_seed(ctx: &Context) -> Seed {
    Seed::new(bytes(ctx.random()))
}

/// Sets the app up for whoever knows the password and shows its first code. Gives recovery codes.
pub async fn enable_app(
    ctx: &Context,
    actor: &Actor,
    id: UserId,
    enrolment: &Enrolment,
) -> Result<Gained, ActionError> {
    let hash = prove(ctx, id, &enrolment.password).await?;
    let now = ctx.now();
    let last_step = enrolment.seed.step_of(&enrolment.code, now).ok_or_else(|| refused("0"))?;
    let keys = ctx.key_encryption_keys()?;
    let sealed = keys
        .seal(&additional_data(id), enrolment.seed.as_bytes(), bytes(ctx.random()))
        .map_err(|error| ActionError::Internal(error.to_string()))?;
    let key_encryption_key = keys.sealing_id();
    let seed = TotpSeed { user_id: id, sealed, key_encryption_key, last_step, created_at: now, last_used_at: now };
    let (context, actor, session) = (ctx.clone(), actor.clone(), enrolment.session);
    ctx.db
        .write(async move |tx| {
            let user = still(tx, id, &hash).await?;
            if !totp_seeds::insert(tx, &seed).await? {
                return Err(ActionError::invalid("code", "exists", "you have an authenticator app: remove it first"));
            }
            let codes = recovery_codes::give(tx, &context, id).await?;
            let amr = [AuthenticationMethod::Password, AuthenticationMethod::OneTimePassword];
            let cookie = gained(tx, (&context, &actor), (&user, session), &amr, APP).await?;
            Ok(Gained { cookie, codes })
        })
        .await
}

/// Takes the app and the recovery codes away, for whoever knows the password and has a code.
pub async fn disable_app(
    ctx: &Context,
    actor: &Actor,
    id: UserId,
    (password, typed): (&str, &str),
) -> Result<(), ActionError> {
    let hash = prove(ctx, id, password).await?;
    let code = recognize(ctx, id, typed).await?.ok_or_else(|| refused(typed))?;
    let (context, actor, typed) = (ctx.clone(), actor.clone(), typed.to_owned());
    ctx.db
        .write(async move |tx| {
            let user = still(tx, id, &hash).await?;
            if !use_up(tx, (&context, &actor), &user, &code).await? {
                return Err(refused(&typed));
            }
            totp_seeds::delete(tx, id).await?;
            code_rows::replace(tx, id, &[]).await?;
            lost(tx, (&context, &actor), &user, APP).await
        })
        .await
}

/// Whether a typed text is a code of this user, of the app or of the list.
pub(super) async fn recognize(ctx: &Context, user: UserId, typed: &str) -> Result<Option<Code>, ActionError> {
    let Some(kept) = ctx.db.read(async move |tx| totp_seeds::find(tx, user).await).await? else { return Ok(None) };
    let keys = ctx.key_encryption_keys()?;
    let seed = keys
        .open(&additional_data(user), &kept.sealed)
        .map_err(|error| ActionError::Internal(format!("seed of {user}: {error}")))?;
    let seed = Seed::from_slice(&seed).ok_or_else(|| ActionError::Internal(format!("seed of {user}: length")))?;
    let step = seed.step_of(typed, ctx.now()).map(Code::Step);
    Ok(step.or_else(|| recovery_code::hash(user, typed).map(Code::Recovery)))
}

/// `false` when it was used before, or is none of the list.
pub(super) async fn use_up(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    user: &User,
    code: &Code,
) -> Result<bool, ActionError> {
    match code {
        Code::Step(step) => Ok(totp_seeds::use_step(tx, user.id, *step, ctx.now()).await?),
        Code::Recovery(hash) => {
            if !code_rows::consume(tx, user.id, *hash, ctx.now()).await? {
                return Ok(false);
            }
            let left = code_rows::left(tx, user.id).await?;
            let event = events::event(ctx, actor, "user.recovery_code_used", "user", user.id);
            audit::record(tx, &event.after(json!({ "left": left }))).await?;
            tell_code_used(tx, ctx, user, left).await?;
            Ok(true)
        }
    }
}

/// Seals seeds anew under the first key-encryption key. Gives how many were under another.
pub(in crate::actions) async fn reseal(ctx: &Context, sealing: &str) -> Result<usize, ActionError> {
    let keys = ctx.key_encryption_keys()?;
    let mut changed = 0;
    loop {
        let key = sealing.to_owned();
        let old = ctx.db.read(async move |tx| totp_seeds::sealed_otherwise(tx, &key, BATCH).await).await?;
        if old.is_empty() {
            return Ok(changed);
        }
        for seed in old {
            let user = seed.user_id;
            let cannot = |error| ActionError::conflict("cannot_reseal", format!("seed of {user}: {error}"));
            let opened = keys.open(&additional_data(user), &seed.sealed).map_err(cannot)?;
            let sealed = keys.seal(&additional_data(user), &opened, bytes(ctx.random())).map_err(cannot)?;
            let key = sealing.to_owned();
            let write = async move |tx: &mut Tx| totp_seeds::reseal(tx, &seed, &key, &sealed).await;
            changed += usize::from(ctx.db.write(write).await?);
        }
    }
}

/// What is said where a code was asked for and none was typed.
pub fn no_code() -> FieldError {
    FieldError::new("code", "required", "enter the code")
}

/// What is said of a code that is none. Apps show digits alone; recovery codes have letters, and there is no next one to
/// wait for.
pub fn wrong_code(typed: &str) -> FieldError {
    let message = if typed.chars().any(char::is_alphabetic) {
        "this recovery code is wrong or was used before: each is good for one time, take another one"
    } else {
        "this code is wrong, over or was used before: wait for the next one"
    };
    FieldError::new("code", "wrong", message)
}

fn refused(typed: &str) -> ActionError {
    ActionError::Invalid(vec![wrong_code(typed)])
}

/// A seed moved to another user does not open.
fn additional_data(user: UserId) -> Vec<u8> {
    format!("gatehouse authenticator seed\n{user}").into_bytes()
}
