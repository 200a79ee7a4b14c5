//! What people sign in with beside the password: an authenticator app with recovery codes, and passkeys.
//!
//! Who gains a factor gains a privilege: other browsers are signed out and this one's cookie changes. Each gain and loss
//! is told by mail.

mod app;
mod change;
mod passkeys;
mod recovery_codes;
mod remove;
mod sign_in;
pub mod ticket;

pub(in crate::actions) use app::reseal;
pub use app::{Enrolment, disable_app, enable_app, new_seed, no_code, wrong_code};
pub use passkeys::{Made, NewPasskey, add_passkey, remove_passkey};
pub(in crate::actions) use passkeys::{passkey, registered_already};
pub use recovery_codes::renew_codes;
pub use remove::{Which, remove};
pub use sign_in::{Entered, by_passkey, second_step, ticket_for_code};

use gatehouse_core::id::UserId;
use gatehouse_core::identity::passkey::Passkey;
use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::secret::Secret;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::totp_seeds::TotpSeed;
use gatehouse_store::{passkeys as passkey_rows, recovery_codes as code_rows, totp_seeds, users};

use super::ActionError;
use crate::context::Context;

/// What a user has.
#[derive(Clone, Debug)]
pub struct Factors {
    /// Whether there is a password: somebody who signed up by a passkey has none until they choose one.
    pub password: Password,
    /// The authenticator app.
    pub app: Option<TotpSeed>,
    /// Recovery codes that were not used.
    pub codes_left: i64,
    /// In the order of their making.
    pub passkeys: Vec<Passkey>,
}

/// Whether a user has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Password {
    /// They do.
    Set,
    /// They sign in by a passkey alone.
    None,
}

/// What adding a factor gives to the browser that did it.
#[derive(Clone, Debug)]
pub struct Gained {
    /// The new value of the session's cookie.
    pub cookie: Secret,
    /// Recovery codes, shown once; none for a passkey.
    pub codes: Vec<Secret>,
}

impl Factors {
    /// The best that the user can reach.
    pub fn reaches(&self) -> Acr {
        match (&self.app, self.passkeys.is_empty()) {
            (_, false) => Acr::PhishingResistant,
            (Some(_), true) => Acr::TwoFactors,
            (None, true) => Acr::SingleFactor,
        }
    }
}

/// Whether a user has one.
pub async fn password(ctx: &Context, user: UserId) -> Result<Password, ActionError> {
    Ok(ctx.db.read(async move |tx| password_in(tx, user).await).await?)
}

async fn password_in(tx: &mut Tx, user: UserId) -> Result<Password, DbError> {
    let hash = users::password_hash(tx, user).await?;
    Ok(hash.map_or(Password::None, |_| Password::Set))
}

/// What a user has.
pub async fn list(ctx: &Context, user: UserId) -> Result<Factors, ActionError> {
    let read = async move |tx: &mut Tx| {
        Ok::<_, DbError>(Factors {
            password: password_in(tx, user).await?,
            app: totp_seeds::find(tx, user).await?,
            codes_left: code_rows::left(tx, user).await?,
            passkeys: passkey_rows::list_of_user(tx, user).await?,
        })
    };
    Ok(ctx.db.read(read).await?)
}

#[cfg(test)]
mod tests;
