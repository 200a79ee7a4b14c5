//! The chance to collect an application's secret: an approval opens it, one collection uses it up, time ends it.
//!
//! The secret does not exist before it is collected, so there is nothing to keep until then. That a slot has lapsed is
//! decided when it is read, never by a clean-up job.

use std::time::Duration;

use crate::id::{ApplicationId, ClientSecretId, SecretSlotId, UserId};
use crate::time::Timestamp;

/// How long a slot waits.
pub const OPEN_FOR: Duration = Duration::from_secs(72 * 3_600);

/// The chance to collect one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecretSlot {
    /// Its id.
    pub id: SecretSlotId,
    /// Whose secret.
    pub application_id: ApplicationId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// When the secret was shown.
    pub collected_at: Option<Timestamp>,
    /// To whom.
    pub collected_by: Option<UserId>,
    /// The secret that was made of it.
    pub secret_id: Option<ClientSecretId>,
}

crate::text_enum! {
    /// Where a slot stands.
    SlotState, "slot state" {
        /// The secret can be collected.
        Open = "open",
        /// The secret was shown.
        Collected = "collected",
        /// Nobody came in time.
        Lapsed = "lapsed",
    }
}

impl ClientSecretSlot {
    /// A new one.
    pub fn open(id: SecretSlotId, application_id: ApplicationId, now: Timestamp) -> Self {
        Self {
            id,
            application_id,
            created_at: now,
            expires_at: now.plus(OPEN_FOR),
            collected_at: None,
            collected_by: None,
            secret_id: None,
        }
    }

    /// Where it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> SlotState {
        if self.collected_at.is_some() {
            SlotState::Collected
        } else if self.expires_at <= now {
            SlotState::Lapsed
        } else {
            SlotState::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn waits_for_72_hours_unless_it_is_collected() {
        let (now, random) = (Timestamp::from_secs(1_000), SeededRandom::new(1));
        let slot = ClientSecretSlot::open(SecretSlotId::new(now, &random), ApplicationId::new(now, &random), now);
        let last = now.plus_secs(72 * 3_600 - 1);
        assert_eq!((slot.state_at(now), slot.state_at(last)), (SlotState::Open, SlotState::Open));
        assert_eq!(slot.state_at(last.plus_secs(1)), SlotState::Lapsed);
        let collected = ClientSecretSlot { collected_at: Some(last), ..slot };
        assert_eq!(collected.state_at(last.plus_secs(9)), SlotState::Collected);
    }
}
