//! Help for whoever is locked out: an operator takes factors away.

use std::str::FromStr;

use gatehouse_core::id::{PasskeyId, UserId};
use gatehouse_store::db::Tx;
use gatehouse_store::{passkeys, recovery_codes, totp_seeds};

use super::change::{APP, lost};
use crate::actions::{ActionError, Actor, authority, users};
use crate::context::Context;

/// Which factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The authenticator app with its recovery codes: `app`.
    App,
    /// One passkey: `psk_…`.
    Passkey(PasskeyId),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let passkey = || text.parse().map(Self::Passkey).map_err(|_| "`app` or the id of a passkey".to_owned());
        if text == "app" { Ok(Self::App) } else { passkey() }
    }
}

/// Takes a factor of a user away; its owner is told.
pub async fn remove(ctx: &Context, actor: &Actor, user: UserId, which: Which) -> Result<(), ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let person = users::find(tx, user).await?;
            let Some(factor) = take(tx, user, which).await? else {
                return Err(ActionError::not_found("factor", "of this user"));
            };
            lost(tx, (&context, &actor), &person, &factor).await
        })
        .await
}

async fn take(tx: &mut Tx, user: UserId, which: Which) -> Result<Option<String>, ActionError> {
    match which {
        Which::App => {
            recovery_codes::replace(tx, user, &[]).await?;
            Ok(totp_seeds::delete(tx, user).await?.then(|| APP.to_owned()))
        }
        Which::Passkey(id) => {
            let gone = passkeys::delete(tx, user, id).await?;
            Ok(gone.map(|passkey| format!("passkey \"{}\"", passkey.name)))
        }
    }
}
