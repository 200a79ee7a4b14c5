//! What every action needs, whoever calls it: page, management API, command line or job.

use std::sync::Arc;

use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::portal::review::Calendar;
use gatehouse_core::random::Random;
use gatehouse_core::time::{Clock, Timestamp};
use gatehouse_store::db::Db;

use crate::actions::ActionError;
use crate::outbound::Outbound;
use crate::password_hashing::PasswordHashing;

/// The outside world of an action. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives random bytes.
    pub random: Arc<dyn Random>,
    /// Encrypt private keys in the database; `None` when none is configured, as for a command that needs none.
    pub key_encryption_keys: Option<Arc<KeyEncryptionKeys>>,
    /// What stands before `_cs_` and the like in bearer values; `gh` by default.
    pub secret_prefix: Arc<str>,
    /// Where the links of mails lead, without a slash at the end; `None` when none is configured, as for a command that
    /// makes no link. Never taken from a request.
    pub portal_url: Option<Arc<str>>,
    /// When the review desk works.
    pub calendar: Arc<Calendar>,
    /// Bounds the hashing of passwords; one for the whole process.
    pub passwords: PasswordHashing,
    /// Calls addresses that developers supply; one for the whole process.
    pub outbound: Outbound,
}

impl Context {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The source of random bytes.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// Where the links of mails lead.
    pub fn portal_url(&self) -> Result<&str, ActionError> {
        self.portal_url.as_deref().ok_or_else(|| ActionError::Conflict {
            code: "no_portal_url",
            message: "this makes links: configure portal_url".to_owned(),
        })
    }

    /// The keys that encrypt private keys.
    pub fn key_encryption_keys(&self) -> Result<&KeyEncryptionKeys, ActionError> {
        self.key_encryption_keys.as_deref().ok_or_else(|| ActionError::Conflict {
            code: "no_key_encryption_key",
            message: "this needs a key-encryption key: configure key_encryption_keys".to_owned(),
        })
    }
}
