//! One function per action. A page, the management API and a command of the command line call the same function for
//! the same action: it checks the input, loads, lets `core` decide, and writes the rows, the audit event and the
//! change in one transaction.

pub mod access_requests;
pub mod accounts;
pub mod apis;
pub mod application_changes;
pub mod applications;
pub mod audit;
mod authority;
pub mod authorizations;
pub mod canned_replies;
pub mod client_secrets;
pub mod connected_applications;
pub mod dashboard;
pub mod devices;
pub mod entitlements;
pub mod events;
pub mod factors;
pub mod fields;
pub(crate) mod grants;
#[cfg(test)]
mod ground;
pub mod invitations;
pub mod keys;
pub(crate) mod logout_messages;
pub mod mails;
mod members_told;
mod notices;
pub mod notifications;
pub mod operator_keys;
pub mod organizations;
pub mod results_import;
mod revoking;
pub mod servers;
pub mod sessions;
pub mod set_up;
pub mod users;
pub mod workspaces;

use std::fmt::Display;

pub use gatehouse_core::field::FieldError;
use gatehouse_core::id::{OperatorKeyId, RequestId, UserId};
use gatehouse_store::db::DbError;

/// Who acts, for the audit log and for what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Person, operator, command or job.
    pub kind: ActorKind,
    /// The HTTP request that carried the action.
    pub request_id: Option<RequestId>,
    /// The caller's network address, a personal field of the audit log.
    pub address: Option<String>,
}

/// The kinds of actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A signed-in user.
    User(UserId),
    /// The management API with an operator key.
    Operator(OperatorKeyId),
    /// The command line on the machine itself; the operating system's user name.
    CommandLine(String),
    /// A job or the development start, by name.
    System(&'static str),
}

/// Why an action was not done. The text is public: it says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is no such thing, or not for this actor.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// What was looked for, in the vocabulary's words.
        kind: &'static str,
        /// As it was asked for.
        id: String,
    },
    /// Fields that cannot be accepted, each with its reason.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    /// The present state does not allow it, or something of that name exists.
    #[error("{message}")]
    Conflict {
        /// A stable word for programs, `snake_case`.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// The actor sees it and may not change it.
    #[error("{message}")]
    Forbidden {
        /// A stable word for programs, `snake_case`.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// Logged, never shown.
    #[error(transparent)]
    Database(DbError),
    /// Logged, never shown.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ActionError {
    /// There is no such thing, or not for this actor.
    pub fn not_found(kind: &'static str, id: impl Display) -> Self {
        Self::NotFound { kind, id: id.to_string() }
    }

    /// The present state does not allow it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    /// The actor sees it and may not change it.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::Forbidden { code, message: message.into() }
    }

    /// Somebody else changed the same thing between our reading and our writing.
    pub fn changed_meanwhile() -> Self {
        Self::conflict("changed_meanwhile", "somebody else changed this at the same moment: look at it and try again")
    }

    /// One field that cannot be accepted.
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }
}

impl From<DbError> for ActionError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// Reads a field that may be `null`: absent is `None`, `null` is `Some(None)`. With `#[serde(default)]`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}

fn list(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
}
