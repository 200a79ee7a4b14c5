//! Mails: rows of the outbox first, files in a folder after their transaction has committed.
//!
//! An action that mails makes the id before its transaction and writes the mail inside it:
//!
//! ```text
//! let mail = Mail { to: owner.email.to_string(), subject: …, text: … };
//! let id = OutboxId::new(now, ctx.random());
//! ctx.db.write(async move |tx| { …; mail::enqueue(tx, id, &mail, now).await }).await?;
//! ```
//!
//! No mail carries a secret; what it tells is behind a sign-in, by link.

pub mod folder;
mod message;

use gatehouse_core::id::OutboxId;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::outbox;

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mail {
    /// Address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text; lines end with `\n`.
    pub text: String,
}

/// Writes a mail into the outbox. It leaves once the transaction has committed, never for what was rolled back.
pub async fn enqueue(tx: &mut Tx, id: OutboxId, mail: &Mail, now: Timestamp) -> Result<(), DbError> {
    let payload = serde_json::json!({ "to": mail.to, "subject": mail.subject, "text": mail.text });
    outbox::enqueue(tx, id, outbox::Kind::Mail, &payload, now).await
}

/// The host of a base address, for sender and message id.
pub fn host_of(base_url: &str) -> String {
    let host = url::Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "localhost".to_owned())
}
