//! A credential of an API's own (kind `resource`): with it the API asks about tokens of its audience.

use crate::id::{ApiCredentialId, ApiId};
use crate::time::Timestamp;

/// A credential; its value is stored as a hash only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiCredential {
    /// Its id.
    pub id: ApiCredentialId,
    /// Whose.
    pub api_id: ApiId,
    /// So that people can tell them apart.
    pub name: String,
    /// Of the value.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the second or so.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
