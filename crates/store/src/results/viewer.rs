//! Whose data may be seen, as a condition of the statement that reads it: no row of a foreign workspace ever leaves
//! the database.

use gatehouse_core::id::{GrantId, UserId};

use crate::db::Value;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// An application of its own accord, by client id: sees what its API user sees, as long as that user is active,
    /// verified and in the application's organization.
    Application(String),
    /// A user.
    User(UserId),
    /// The customer who gave a grant, as long as it lasts and its application may act.
    CustomerOf(GrantId),
}

impl Viewer {
    /// The condition on `t.workspace_id`; the viewer is `$1`.
    pub(super) fn sees(&self) -> &'static str {
        match self {
            Self::Application(_) => {
                "EXISTS (
                    SELECT 1 FROM applications a
                    JOIN users u ON u.id = a.api_user_id
                    JOIN organization_members o ON o.organization_id = a.organization_id AND o.user_id = u.id
                    JOIN workspace_members m ON m.workspace_id = t.workspace_id AND m.user_id = u.id
                    WHERE a.client_id = $1 AND a.state = 'active'
                        AND u.state = 'active' AND u.email_verified_at IS NOT NULL)"
            }
            Self::User(_) => {
                "EXISTS (
                    SELECT 1 FROM users u
                    JOIN workspace_members m ON m.workspace_id = t.workspace_id AND m.user_id = u.id
                    WHERE u.id = $1 AND u.state = 'active' AND u.email_verified_at IS NOT NULL)"
            }
            Self::CustomerOf(_) => {
                "EXISTS (
                    SELECT 1 FROM grants g
                    JOIN applications a ON a.id = g.application_id
                    JOIN users u ON u.id = g.user_id
                    JOIN workspace_members m ON m.workspace_id = t.workspace_id AND m.user_id = u.id
                    WHERE g.id = $1 AND g.ended_at IS NULL AND a.state = 'active'
                        AND u.state = 'active' AND u.email_verified_at IS NOT NULL)"
            }
        }
    }

    /// The value of `$1`.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Application(client_id) => client_id.into(),
            Self::User(user_id) => (*user_id).into(),
            Self::CustomerOf(grant_id) => (*grant_id).into(),
        }
    }
}
