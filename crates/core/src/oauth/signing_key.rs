//! Life of a server's signing keys: `next → active → retired`, one next and one active per server and algorithm.
//!
//! A key signs only after it has been published for as long as anybody may have kept the list of keys, so that no
//! verifier meets a key id that it has not been told of; and it stays published until the last token that it signed
//! has expired. Its private part is erased when it retires: what is not there cannot be stolen.

use std::time::Duration;

use super::authorization_server::ServerId;
use super::revocation::{CLOCK_SKEW, LONGEST_ACCESS_TOKEN};
use crate::jose::Algorithm;
use crate::jose::jwk::PublicJwk;
use crate::time::Timestamp;

/// How long others may keep the list of keys (`Cache-Control: max-age`).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(900);

/// How long a key is published before it signs: `max-age`, and a minute for caches and clocks in between.
pub const PUBLISHED_BEFORE_USE: Duration = Duration::from_secs(900 + 60);

/// How long a retired key's row is kept. Sessions last 7 days at most, and an `id_token_hint` as long as its session.
pub const RETIRED_KEPT: Duration = Duration::from_secs(8 * 24 * 3600);

/// A signing key as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKey {
    /// Whose.
    pub server_id: ServerId,
    /// The public part; its `kid` is the thumbprint and the row's id.
    pub public: PublicJwk,
    /// The private part under a key-encryption key; empty once retired.
    pub sealed: Vec<u8>,
    /// Id of that key-encryption key.
    pub key_encryption_key: String,
    /// Since when it is published.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: KeyState,
}

crate::text_enum! {
    /// Names of the states.
    KeyStateName, "key state" {
        /// Published, does not sign yet.
        Next = "next",
        /// Signs.
        Active = "active",
        /// Signs no more, still verifies.
        Retired = "retired",
    }
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Signs no more, still verifies.
    Retired {
        /// Since when it signed.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
}

impl KeyState {
    /// From the stored columns; `None` when they do not fit each other.
    pub const fn from_parts(
        name: KeyStateName,
        activated_at: Option<Timestamp>,
        retired_at: Option<Timestamp>,
    ) -> Option<Self> {
        match (name, activated_at, retired_at) {
            (KeyStateName::Next, None, None) => Some(Self::Next),
            (KeyStateName::Active, Some(since), None) => Some(Self::Active { since }),
            (KeyStateName::Retired, Some(since), Some(until)) => Some(Self::Retired { since, until }),
            _ => None,
        }
    }

    /// The stored name.
    pub const fn name(self) -> KeyStateName {
        match self {
            Self::Next => KeyStateName::Next,
            Self::Active { .. } => KeyStateName::Active,
            Self::Retired { .. } => KeyStateName::Retired,
        }
    }
}

crate::text_enum! {
    /// How a rotation is meant.
    Rotation, "rotation" {
        /// When the interval is over and the next key has been published long enough.
        Scheduled = "scheduled",
        /// By command, once the next key has been published long enough: no verification fails.
        Planned = "planned",
        /// By command and at once, although verifiers may not know the next key yet and may refuse tokens for minutes.
        Immediate = "immediate",
        /// A private key is in wrong hands: every key of the algorithm is withdrawn, and with them every token.
        Compromised = "compromised",
    }
}

/// Why keys are not rotated now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// The interval is not over.
    #[error("the active key is due at {at}")]
    NotDue {
        /// When it is.
        at: Timestamp,
    },
    /// Verifiers may not know the next key yet.
    #[error(
        "the next key is published since {since} and may sign from {from} on, when every verifier has fetched it: \
         wait, or rotate at once and accept that tokens may be refused until then"
    )]
    NextIsFresh {
        /// When it was published.
        since: Timestamp,
        /// From when it may sign.
        from: Timestamp,
    },
}

/// Whether the active key may give way to the next one now.
pub fn check_rotation(
    rotation: Rotation,
    activated_at: Timestamp,
    next: &ServerKey,
    interval: Duration,
    now: Timestamp,
) -> Result<(), RotationError> {
    let due = activated_at.plus(interval);
    if rotation == Rotation::Scheduled && now < due {
        return Err(RotationError::NotDue { at: due });
    }
    let from = next.created_at.plus(PUBLISHED_BEFORE_USE);
    let waits = matches!(rotation, Rotation::Scheduled | Rotation::Planned);
    if waits && now < from {
        return Err(RotationError::NextIsFresh { since: next.created_at, from });
    }
    Ok(())
}

impl ServerKey {
    /// Its one algorithm.
    pub const fn alg(&self) -> Algorithm {
        self.public.alg()
    }

    /// Whether it retired before that.
    pub fn retired_before(&self, before: Timestamp) -> bool {
        matches!(self.state, KeyState::Retired { until, .. } if until < before)
    }

    /// Whether it belongs into the published list: always, except long after retiring. A minute is added for nodes
    /// that learn of a rotation late.
    pub fn is_published(&self, now: Timestamp) -> bool {
        match self.state {
            KeyState::Next | KeyState::Active { .. } => true,
            KeyState::Retired { until, .. } => {
                now < until.plus(LONGEST_ACCESS_TOKEN).plus(CLOCK_SKEW).plus(Duration::from_secs(60))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::sign::SigningKey;

    const DAY: Duration = Duration::from_secs(86_400);

    fn key(created_at: Timestamp, state: KeyState) -> ServerKey {
        ServerKey {
            server_id: "default".parse().expect("is an id"),
            public: SigningKey::generate(Algorithm::EdDsa).expect("generates").public_jwk().clone(),
            sealed: Vec::new(),
            key_encryption_key: String::new(),
            created_at,
            state,
        }
    }

    #[test]
    fn waits_for_the_interval_and_for_the_caches() {
        let start = Timestamp::from_secs(1_000_000);
        let fresh = key(start, KeyState::Next);
        let check = |rotation, now| check_rotation(rotation, start, &fresh, DAY, now);
        let early = start.plus(PUBLISHED_BEFORE_USE).minus(Duration::from_micros(1));
        let from = start.plus(PUBLISHED_BEFORE_USE);
        assert_eq!(check(Rotation::Planned, early), Err(RotationError::NextIsFresh { since: start, from }));
        assert_eq!(check(Rotation::Planned, from), Ok(()));
        assert_eq!(check(Rotation::Immediate, start), Ok(()));
        assert_eq!(check(Rotation::Compromised, start), Ok(()));
        assert_eq!(check(Rotation::Scheduled, from), Err(RotationError::NotDue { at: start.plus(DAY) }));
        assert_eq!(check(Rotation::Scheduled, start.plus(DAY)), Ok(()));
        let just_made = key(start.plus(DAY), KeyState::Next);
        assert!(check_rotation(Rotation::Scheduled, start, &just_made, DAY, start.plus(DAY)).is_err());
    }

    #[test]
    fn stays_published_until_its_last_token_has_expired() {
        let until = Timestamp::from_secs(1_000_000);
        let retired = key(Timestamp::default(), KeyState::Retired { since: Timestamp::default(), until });
        assert!(retired.is_published(until.plus(LONGEST_ACCESS_TOKEN).plus(CLOCK_SKEW)));
        assert!(!retired.is_published(until.plus(RETIRED_KEPT)));
        assert!(key(Timestamp::default(), KeyState::Next).is_published(until));
    }

    #[test]
    fn a_key_signs_only_when_no_cache_is_older() {
        assert!(PUBLISHED_BEFORE_USE > JWKS_MAX_AGE);
    }

    #[test]
    fn states_that_make_no_sense_are_not_read() {
        let at = Some(Timestamp::default());
        assert!(KeyState::from_parts(KeyStateName::Next, at, None).is_none());
        assert!(KeyState::from_parts(KeyStateName::Active, None, None).is_none());
        assert!(KeyState::from_parts(KeyStateName::Active, at, at).is_none());
        assert!(KeyState::from_parts(KeyStateName::Retired, at, None).is_none());
    }
}
