//! The audit log: events, their chain, and its proof.
//!
//! An event is a row of the transaction that did what it tells. A job numbers and chains the rows afterwards
//! ([`chain`]): a chain inside each transaction would queue all writers on one row. Personal fields live in a side
//! table and enter the chain as salted hashes, so that deleting an account leaves the chain whole.

mod canonical;
mod chain;
mod list;
mod verify;

use gatehouse_core::id::{AuditEventId, RequestId};
use gatehouse_core::time::Timestamp;
use serde_json::{Map, Value as Json};

use crate::db::{DbError, Tx};
use crate::params;
pub use canonical::Hash;
pub use chain::{Head, chain, head, unchained};
pub use list::{Entry, Filter, export, list};
pub use verify::{Problem, Verification, verify};

gatehouse_core::text_enum! {
    /// Who acted.
    ActorKind, "kind of actor" {
        /// A signed-in user; id: user id.
        User = "user",
        /// The management API; id: operator key id.
        Operator = "operator",
        /// The command line; id: the operating system's user name.
        CommandLine = "command_line",
        /// An application at a protocol endpoint; id: application id.
        Application = "application",
        /// A job; id: its name.
        System = "system",
    }
}

/// What happened. `before` and `after` hold what changed, never secrets and never personal fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: AuditEventId,
    /// When.
    pub at: Timestamp,
    /// Who, as a kind.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor_id: String,
    /// `application.suspended`
    pub action: &'static str,
    /// `application`
    pub target_kind: &'static str,
    /// On what.
    pub target_id: String,
    /// What it was.
    pub before: Option<Json>,
    /// What it became.
    pub after: Option<Json>,
    /// The HTTP request that carried it.
    pub request_id: Option<RequestId>,
    /// What must be deletable.
    pub personal: Option<Personal>,
}

/// E-mail address, network address, names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personal {
    /// Random, so that a hash cannot be guessed back to an address once the fields are gone.
    pub salt: [u8; 32],
    /// By name.
    pub fields: Map<String, Json>,
}

/// Writes an event, in the transaction that did what it tells.
pub async fn record(tx: &mut Tx, event: &Event) -> Result<(), DbError> {
    let fields = event.personal.as_ref().map(|personal| Json::Object(personal.fields.clone()).to_string());
    let hash = event
        .personal
        .as_ref()
        .zip(fields.as_ref())
        .map(|(personal, fields)| canonical::personal_hash(&personal.salt, fields).to_vec());
    tx.execute(
        "INSERT INTO audit_events (id, at, actor_kind, actor_id, action, target_kind, target_id, before, after, \
                                   request_id, personal_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            event.id,
            event.at,
            event.actor_kind.as_str(),
            &event.actor_id,
            event.action,
            event.target_kind,
            &event.target_id,
            event.before.as_ref().map(Json::to_string),
            event.after.as_ref().map(Json::to_string),
            event.request_id,
            hash,
        ],
    )
    .await?;
    if let (Some(personal), Some(fields)) = (&event.personal, fields) {
        tx.execute(
            "INSERT INTO audit_personal (event_id, salt, fields) VALUES ($1, $2, $3)",
            params![event.id, personal.salt.as_slice(), fields],
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
