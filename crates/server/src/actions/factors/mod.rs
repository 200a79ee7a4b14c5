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
pub use app::{Enrolment, disable_app, enable_app, new_seed};
pub use passkeys::{NewPasskey, add_passkey, remove_passkey};
pub use recovery_codes::renew_codes;
pub use remove::{Which, remove};
pub use sign_in::{Entered, by_passkey, second_step, ticket_for_code};

use gatehouse_core::id::UserId;
use gatehouse_core::identity::passkey::Passkey;
use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::secret::Secret;
use gatehouse_store::totp_seeds::TotpSeed;
use gatehouse_store::{passkeys as passkey_rows, recovery_codes as code_rows, totp_seeds};

use super::ActionError;
use crate::context::Context;

/// What a user has.
#[derive(Clone, Debug)]
pub struct Factors {
    /// The authenticator app.
    pub app: Option<TotpSeed>,
    /// Recovery codes that were not used.
    pub codes_left: i64,
    /// In the order of their making.
    pub passkeys: Vec<Passkey>,
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

/// What a user has.
pub async fn list(ctx: &Context, user: UserId) -> Result<Factors, ActionError> {
    let read = async move |tx: &mut gatehouse_store::db::Tx| {
        Ok::<_, gatehouse_store::db::DbError>(Factors {
            app: totp_seeds::find(tx, user).await?,
            codes_left: code_rows::left(tx, user).await?,
            passkeys: passkey_rows::list_of_user(tx, user).await?,
        })
    };
    Ok(ctx.db.read(read).await?)
}

#[cfg(test)]
mod tests;
