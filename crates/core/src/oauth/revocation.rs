//! Revocation as a predicate over tokens, never a list of them (`oauth.md`, Tokens).
//!
//! One row speaks of every token that hangs on something and was issued not after a moment, and is dropped when the
//! last such token has expired. Introspection and the gate ask the same predicates.

use std::time::Duration;

use crate::id::{RevocationId, UserId};
use crate::time::Timestamp;

/// The longest life that an access token may be given, and with it how long a revocation is kept.
pub const LONGEST_ACCESS_TOKEN: Duration = Duration::from_secs(24 * 3600);

/// Accepted difference between the clocks of two machines.
pub const CLOCK_SKEW: Duration = Duration::from_secs(30);

crate::text_enum! {
    /// What a predicate is about.
    Kind, "revocation kind" {
        /// One token, by `jti`.
        Token = "token",
        /// What the token hangs on, by `gid`.
        Grant = "grant",
        /// Every token of an application, by client id.
        Application = "application",
        /// Every token of one user at one application.
        ApplicationUser = "application_user",
        /// Every token of a user.
        User = "user",
        /// Every token of an application for one API, by client id and audience.
        ApplicationApi = "application_api",
    }
}

/// Which tokens are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// The token of this `jti`.
    Token {
        /// `jti`.
        jti: String,
    },
    /// The tokens of this `gid`: a consent grant, a refresh family, a client secret or key.
    Grant {
        /// `gid`.
        gid: String,
    },
    /// The tokens of this application.
    Application {
        /// `client_id`.
        client_id: String,
    },
    /// The tokens of this user at this application.
    ApplicationUser {
        /// `client_id`.
        client_id: String,
        /// The user behind `sub`.
        user_id: UserId,
    },
    /// The tokens of this user.
    User {
        /// The user behind `sub`.
        user_id: UserId,
    },
    /// The tokens of this application that name this API in `aud`.
    ApplicationApi {
        /// `client_id`.
        client_id: String,
        /// The API's audience.
        audience: String,
    },
}

/// A stored revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Its id.
    pub id: RevocationId,
    /// Which tokens.
    pub predicate: Predicate,
    /// Tokens issued not after this moment, compared in milliseconds (a `jti` carries those).
    pub issued_until: Timestamp,
    /// When the last token that it can speak of has expired.
    pub expires_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Revocation {
    /// Revokes what was issued up to `now`.
    pub fn new(id: RevocationId, predicate: Predicate, now: Timestamp) -> Self {
        let expires_at = now.plus(LONGEST_ACCESS_TOKEN).plus(CLOCK_SKEW).plus(CLOCK_SKEW);
        Self { id, predicate, issued_until: now, expires_at, created_at: now }
    }

    /// Whether a token issued at `issued` falls under it in time.
    pub fn covers(&self, issued: Timestamp) -> bool {
        issued.as_millis() <= self.issued_until.as_millis()
    }
}

impl Predicate {
    /// The stored form: kind, subject, object.
    pub fn to_parts(&self) -> (Kind, String, Option<String>) {
        match self {
            Self::Token { jti } => (Kind::Token, jti.clone(), None),
            Self::Grant { gid } => (Kind::Grant, gid.clone(), None),
            Self::Application { client_id } => (Kind::Application, client_id.clone(), None),
            Self::ApplicationUser { client_id, user_id } => {
                (Kind::ApplicationUser, client_id.clone(), Some(user_id.to_string()))
            }
            Self::User { user_id } => (Kind::User, user_id.to_string(), None),
            Self::ApplicationApi { client_id, audience } => {
                (Kind::ApplicationApi, client_id.clone(), Some(audience.clone()))
            }
        }
    }

    /// Reads the stored form back; `None` when the parts do not fit the kind.
    pub fn from_parts(kind: Kind, subject: String, object: Option<String>) -> Option<Self> {
        Some(match (kind, object) {
            (Kind::Token, None) => Self::Token { jti: subject },
            (Kind::Grant, None) => Self::Grant { gid: subject },
            (Kind::Application, None) => Self::Application { client_id: subject },
            (Kind::ApplicationUser, Some(user)) => {
                Self::ApplicationUser { client_id: subject, user_id: user.parse().ok()? }
            }
            (Kind::User, None) => Self::User { user_id: subject.parse().ok()? },
            (Kind::ApplicationApi, Some(audience)) => Self::ApplicationApi { client_id: subject, audience },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn parts_come_back_whole() {
        let user_id = UserId::new(Timestamp::from_secs(1), &SeededRandom::new(1));
        let all = [
            Predicate::Token { jti: "j".into() },
            Predicate::Grant { gid: "g".into() },
            Predicate::Application { client_id: "c".into() },
            Predicate::ApplicationUser { client_id: "c".into(), user_id },
            Predicate::User { user_id },
            Predicate::ApplicationApi { client_id: "c".into(), audience: "a".into() },
        ];
        for predicate in all {
            let (kind, subject, object) = predicate.to_parts();
            assert_eq!(Predicate::from_parts(kind, subject, object), Some(predicate));
        }
        assert_eq!(Predicate::from_parts(Kind::User, "nobody".into(), None), None);
        assert_eq!(Predicate::from_parts(Kind::Token, "j".into(), Some("x".into())), None);
    }

    #[test]
    fn compares_whole_milliseconds() {
        let id = RevocationId::new(Timestamp::default(), &SeededRandom::new(1));
        let now = Timestamp::from_micros(5_000_400);
        let revocation = Revocation::new(id, Predicate::Grant { gid: "g".into() }, now);
        assert!(revocation.covers(Timestamp::from_micros(5_000_900)), "the same millisecond is not after");
        assert!(!revocation.covers(Timestamp::from_micros(5_001_000)));
        assert!(revocation.expires_at > now.plus(LONGEST_ACCESS_TOKEN));
    }
}
