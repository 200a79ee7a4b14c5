//! A link that shows a secret once, for a person without an account: what is shown is sealed by whoever makes the link,
//! under a key that stands behind the `#` and never reaches the server ([`super::link_key`]).
//!
//! That a link is over is decided when it is read, never by a clean-up job.

use std::time::Duration;

use crate::id::{ApplicationId, ClientSecretId, SecretLinkId};
use crate::time::Timestamp;

/// How long a link works.
pub const OPEN_FOR: Duration = Duration::from_secs(72 * 3_600);

/// Where links lead, below the portal's address; the token follows.
pub const PATH: &str = "/reveal/";

/// A link. Its token is stored as a hash; what it shows is no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecretLink {
    /// Its id.
    pub id: SecretLinkId,
    /// Whose secret.
    pub application_id: ApplicationId,
    /// Which one.
    pub secret_id: ClientSecretId,
    /// Who made it, in words.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was used up.
    pub revealed_at: Option<Timestamp>,
}

crate::text_enum! {
    /// Where a link stands.
    LinkState, "link state" {
        /// It works.
        Open = "open",
        /// It was used up.
        Revealed = "revealed",
        /// Nobody used it in time.
        Lapsed = "lapsed",
    }
}

impl ClientSecretLink {
    /// Where it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> LinkState {
        if self.revealed_at.is_some() {
            LinkState::Revealed
        } else if self.expires_at <= now {
            LinkState::Lapsed
        } else {
            LinkState::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn ends_at_its_last_moment() {
        let (now, random) = (Timestamp::from_secs(1_000), SeededRandom::new(1));
        let link = ClientSecretLink {
            id: SecretLinkId::new(now, &random),
            application_id: ApplicationId::new(now, &random),
            secret_id: ClientSecretId::new(now, &random),
            created_by: "somebody".into(),
            created_at: now,
            expires_at: now.plus(OPEN_FOR),
            revealed_at: None,
        };
        let end = now.plus_secs(72 * 3_600);
        assert_eq!((link.state_at(end.plus_secs(-1)), link.state_at(end)), (LinkState::Open, LinkState::Lapsed));
        let revealed = ClientSecretLink { revealed_at: Some(now), ..link };
        assert_eq!(revealed.state_at(end), LinkState::Revealed);
    }
}
