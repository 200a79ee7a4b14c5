//! What is known between two steps, kept by the browser: sealed under the key-encryption key, for this browser alone, for
//! a quarter of an hour, and good for one success. No row is written for a stranger who asks for a page.
//!
//! The hash of a ticket is the challenge of its passkey ceremony, so that one value is both.

use std::time::Duration;

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::Proved;
use gatehouse_core::jose::{base64url, from_base64url};
use gatehouse_core::random::bytes;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::used_tickets;
use serde::{Deserialize, Serialize};

use crate::actions::ActionError;
use crate::context::Context;

/// How long one is good.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What it is for. Holds a seed: no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ticket {
    /// The password was right; a code is to come.
    Code {
        /// Whose password it was.
        user: UserId,
        /// What the code leads to.
        entry: Entry,
        /// Stands for the password, which must still be the same.
        password: String,
    },
    /// An authenticator app is being set up.
    Seed {
        /// For whom.
        user: UserId,
        /// In base64url.
        seed: String,
    },
    /// A passkey is being made.
    NewPasskey {
        /// For whom.
        user: UserId,
    },
    /// Somebody may sign in by a passkey.
    Passkey,
}

/// What a proof leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A session of its own.
    New,
    /// The session goes on.
    Renewed(SessionId, Proved),
}

/// A ticket as it came back, neither changed nor over.
pub struct Presented {
    /// What it is for.
    pub ticket: Ticket,
    hash: SecretHash,
    expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Content {
    ticket: Ticket,
    /// Microseconds.
    expires_at: i64,
}

/// Seals a ticket for a browser.
pub fn issue(ctx: &Context, browser: &str, ticket: Ticket) -> Result<String, ActionError> {
    let internal = |error: &dyn std::fmt::Display| ActionError::Internal(format!("ticket: {error}"));
    let content = Content { ticket, expires_at: ctx.now().plus(LIFETIME).as_micros() };
    let text = serde_json::to_vec(&content).map_err(|error| internal(&error))?;
    let sealed = ctx.key_encryption_keys()?.seal(&additional_data(browser), &text, bytes(ctx.random()));
    Ok(base64url(&sealed.map_err(|error| internal(&error))?))
}

/// `None` for one that is made up, changed, over, or of another browser.
pub fn read(ctx: &Context, browser: &str, text: &str) -> Option<Presented> {
    let keys = ctx.key_encryption_keys.as_deref()?;
    let opened = keys.open(&additional_data(browser), &from_base64url(text)?).ok()?;
    let content: Content = serde_json::from_slice(&opened).ok()?;
    let expires_at = Timestamp::from_micros(content.expires_at);
    (ctx.now() < expires_at).then(|| Presented { ticket: content.ticket, hash: SecretHash::of(text), expires_at })
}

/// What a passkey signs.
pub fn challenge(text: &str) -> [u8; 32] {
    *SecretHash::of(text).as_bytes()
}

impl Presented {
    /// What a passkey must have signed.
    pub fn challenge(&self) -> &[u8; 32] {
        self.hash.as_bytes()
    }

    /// Uses it up in the transaction of what it is good for.
    pub(in crate::actions) async fn use_up(&self, tx: &mut Tx) -> Result<(), ActionError> {
        if used_tickets::use_up(tx, self.hash, self.expires_at).await? {
            return Ok(());
        }
        Err(ActionError::changed_meanwhile())
    }
}

fn additional_data(browser: &str) -> Vec<u8> {
    format!("gatehouse sign-in ticket\n{browser}").into_bytes()
}
