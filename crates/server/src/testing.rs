//! For the tests of this crate.

use std::sync::Arc;

use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::FixedClock;
use gatehouse_store::db::Db;
use gatehouse_store::testing::NOW;

use crate::actions::{Actor, ActorKind};
use crate::context::Context;
use crate::outbound::Outbound;
use crate::password_hashing::PasswordHashing;

/// Key-encryption keys of tests, in the order of their making.
pub(crate) const KEY_ENCRYPTION_KEYS: [&str; 2] =
    ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="];

/// A context with a clock that stands at [`NOW`] until it is moved, and with seeded randomness.
pub(crate) fn context(db: &Db) -> (Context, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(NOW));
    let keys = KeyEncryptionKeys::from_base64([KEY_ENCRYPTION_KEYS[0]]).expect("a key");
    let ctx = Context {
        db: db.clone(),
        clock: clock.clone(),
        random: Arc::new(SeededRandom::new(1)),
        key_encryption_keys: Some(Arc::new(keys)),
        secret_prefix: "gh".into(),
        portal_url: Some("https://portal.example".into()),
        calendar: Arc::default(),
        passwords: PasswordHashing::default(),
        outbound: Outbound::closed(),
    };
    (ctx, clock)
}

/// Who acts.
pub(crate) fn actor() -> Actor {
    Actor { kind: ActorKind::System("test"), request_id: None, address: None }
}
