//! Mails: rows of the outbox first, delivered to a mail server or into a folder after their transaction has committed.
//!
//! What a mail says is a text of `crates/server/mails/` ([`texts`]); actions send one through `actions::notices`. No
//! mail carries a secret; what it tells is behind a sign-in, by link.

pub mod folder;
mod message;
mod smtp;
pub mod texts;
mod wrapped;

use std::sync::atomic::{AtomicU64, Ordering};

use gatehouse_core::id::OutboxId;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::outbox;

use self::folder::Folder;
use self::smtp::{Connection, Smtp};
use crate::config::{MailConfig, Mailbox};

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
    outbox::enqueue(tx, id, (outbox::Kind::Mail, ""), &payload, now).await
}

/// What leaves: a mail with its id, the same at each attempt, and when it was written.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) id: OutboxId,
    pub(crate) mail: Mail,
    pub(crate) written: Timestamp,
}

/// What is the same on every mail.
#[derive(Clone, Debug)]
pub(crate) struct Letterhead {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    /// Ends message ids, and greets mail servers.
    host: String,
}

/// Why a mail has not left. The texts hold no personal data: they are logged and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It never will: the recipient does not exist, or the server does not take this mail.
    Refused(String),
    /// Another time, perhaps.
    Postponed(String),
}

/// The way out.
pub(crate) enum Mailer {
    /// Files in a folder.
    Folder(Folder),
    /// A mail server.
    Smtp(Smtp),
}

/// A way out that is open, for several mails in a row.
pub(crate) enum Session<'a> {
    Folder(&'a Folder),
    Smtp(Box<Connection<'a>>),
}

/// Mails of this node since its start.
#[derive(Debug, Default)]
pub struct Totals {
    sent: AtomicU64,
    refused: AtomicU64,
    postponed: AtomicU64,
}

impl Mailer {
    /// As configured; wrong authorities are told now and not with the first mail.
    pub(crate) fn new(config: &MailConfig, portal_url: &str) -> Result<Self, String> {
        let letterhead = Letterhead::new(config, portal_url);
        match &config.smtp {
            Some(smtp) => Ok(Self::Smtp(Smtp::new(smtp.clone(), letterhead)?)),
            None => Ok(Self::Folder(Folder::new(config.folder.clone(), letterhead))),
        }
    }

    /// Connects, where there is something to connect to.
    pub(crate) async fn open(&self) -> Result<Session<'_>, Failure> {
        match self {
            Self::Folder(folder) => Ok(Session::Folder(folder)),
            Self::Smtp(smtp) => Ok(Session::Smtp(Box::new(smtp.connect().await?))),
        }
    }
}

impl Session<'_> {
    /// Hands one mail over.
    pub(crate) async fn deliver(&mut self, letter: &Letter) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.deliver_off_thread(letter).await,
            Self::Smtp(connection) => connection.deliver(letter).await,
        }
    }

    /// Whether the next mail needs a new one.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Smtp(connection) if connection.is_broken())
    }

    /// Says good-bye.
    pub(crate) async fn close(self) {
        if let Self::Smtp(connection) = self {
            connection.quit().await;
        }
    }
}

impl Letterhead {
    pub(crate) fn new(config: &MailConfig, portal_url: &str) -> Self {
        let host = host_of(portal_url);
        let usual = || Mailbox { name: "Gatehouse".to_owned(), address: format!("no-reply@{host}") };
        Self { from: config.from.clone().unwrap_or_else(usual), reply_to: config.reply_to.clone(), host }
    }
}

impl Totals {
    pub(crate) fn count(&self, outcome: &Result<(), Failure>) {
        let counter = match outcome {
            Ok(()) => &self.sent,
            Err(Failure::Refused(_)) => &self.refused,
            Err(Failure::Postponed(_)) => &self.postponed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were sent, refused for good, and put off.
    pub fn read(&self) -> [(&'static str, u64); 3] {
        let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [("sent", number(&self.sent)), ("refused", number(&self.refused)), ("postponed", number(&self.postponed))]
    }
}

/// The host of a base address.
fn host_of(base_url: &str) -> String {
    let host = url::Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "localhost".to_owned())
}
