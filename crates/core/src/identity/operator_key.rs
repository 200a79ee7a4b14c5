//! A key of the management API. Its holder may do everything that an admin may.

use crate::id::OperatorKeyId;
use crate::time::Timestamp;

/// What is known of a key; the key itself is shown once and stored as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorKey {
    /// For naming it in the audit log and for revoking it.
    pub id: OperatorKeyId,
    /// What it is for.
    pub name: String,
    /// So that people can tell their keys apart.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// To the minute; `None` when never.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is refused.
    pub revoked_at: Option<Timestamp>,
}

impl OperatorKey {
    /// Whether it opens the management API.
    pub const fn is_active(&self) -> bool {
        self.revoked_at.is_none()
    }
}
