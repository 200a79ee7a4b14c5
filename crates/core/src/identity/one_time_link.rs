//! Links that work once: single use, expiring, bound to one purpose and, where there is one, to one user.
//!
//! Against guessing, reuse and the use of a link for what it was not made for (CVE-2026-37982).

use std::time::Duration;

use super::email::Email;
use crate::id::{OneTimeLinkId, UserId};
use crate::time::Timestamp;

const HOUR: u64 = 3_600;

crate::text_enum! {
    /// What a link is good for, and nothing else.
    Purpose, "purpose of a one-time link" {
        /// Makes the first admin.
        SetUp = "set_up",
        /// Shows that an e-mail address is its user's.
        VerifyEmail = "verify_email",
        /// Lets a user choose a new password.
        ResetPassword = "reset_password",
        /// Shows that the address that a user wants from now on is theirs.
        ChangeEmail = "change_email",
    }
}

impl Purpose {
    /// How long a link of this purpose works.
    pub const fn lifetime(self) -> Duration {
        Duration::from_secs(match self {
            Self::SetUp | Self::VerifyEmail | Self::ChangeEmail => 24 * HOUR,
            Self::ResetPassword => HOUR,
        })
    }
}

/// A link; its token is stored as a hash only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeLink {
    /// For the audit log.
    pub id: OneTimeLinkId,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whom it is bound to; nobody yet for the set-up.
    pub user_id: Option<UserId>,
    /// The address that it is about, for a change of address.
    pub email: Option<Email>,
    /// Where its user was going when it was asked for: a path of ours.
    pub return_to: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Whether a link still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Open,
    /// It was used.
    Used,
    /// Its time is over.
    Expired,
}

impl OneTimeLink {
    /// A new link.
    pub fn new(id: OneTimeLinkId, purpose: Purpose, user_id: Option<UserId>, now: Timestamp) -> Self {
        let expires_at = now.plus(purpose.lifetime());
        Self { id, purpose, user_id, email: None, return_to: None, created_at: now, expires_at, used_at: None }
    }

    /// For showing a page. Consuming is one conditional statement of the store, never a look at this first.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.used_at {
            Some(_) => Standing::Used,
            None if now >= self.expires_at => Standing::Expired,
            None => Standing::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn ends_at_its_last_moment() {
        let now = Timestamp::from_secs(1_000_000);
        let id = OneTimeLinkId::new(now, &SeededRandom::new(1));
        let link = OneTimeLink::new(id, Purpose::ResetPassword, None, now);
        assert_eq!(link.standing(now.plus_secs(3_599)), Standing::Open);
        assert_eq!(link.standing(now.plus_secs(3_600)), Standing::Expired);
        let used = OneTimeLink { used_at: Some(now), ..link };
        assert_eq!(used.standing(now), Standing::Used);
    }
}
