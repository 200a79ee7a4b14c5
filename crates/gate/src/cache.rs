//! Verified tokens, so that a signature (60 µs) is checked once per token and not once per call.
//!
//! An entry holds only what the signature proves. It is found by the SHA-256 of the token and by the very key set that
//! verified it, so a rotation or another issuer never meets an old entry. Time, audience, revocations, scopes and
//! quota are asked on every call and never cached. Tokens that fail are not remembered: a flood of them costs time,
//! never memory.

use std::collections::HashMap;
use std::sync::Arc;

use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::secret::SecretHash;

use crate::sharded::Sharded;
use crate::verified::Verified;

/// Entries per shard and generation: 16 × 2 × 2,048 at most, about 40 MB once that many good tokens are in use.
const CAPACITY: usize = 2_048;

#[derive(Debug, Default)]
pub(crate) struct Cache {
    shards: Sharded<Generations>,
}

/// When the young half is full it becomes the old one, and what the old one held is forgotten. What is used moves to
/// the young half, so busy tokens stay.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<[u8; 32], Entry>,
    old: HashMap<[u8; 32], Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    keys: Arc<KeySet>,
    verified: Arc<Verified>,
}

impl Cache {
    /// What `keys` has proved of this token before.
    pub(crate) fn get(&self, token: &SecretHash, keys: &Arc<KeySet>) -> Option<Arc<Verified>> {
        let key = token.as_bytes();
        let mut shard = self.shards.lock(key);
        if let Some(entry) = shard.young.get(key) {
            return entry.proved_by(keys);
        }
        let entry = shard.old.remove(key)?;
        let verified = entry.proved_by(keys)?;
        shard.insert(*key, entry);
        Some(verified)
    }

    /// Remembers what `keys` has proved.
    pub(crate) fn insert(&self, token: &SecretHash, keys: &Arc<KeySet>, verified: &Arc<Verified>) {
        let key = token.as_bytes();
        let entry = Entry { keys: Arc::clone(keys), verified: Arc::clone(verified) };
        self.shards.lock(key).insert(*key, entry);
    }

    /// Entries in memory.
    pub(crate) fn len(&self) -> usize {
        self.shards.each().map(|shard| shard.young.len() + shard.old.len()).sum()
    }
}

impl Generations {
    fn insert(&mut self, key: [u8; 32], entry: Entry) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, entry);
    }
}

impl Entry {
    /// The address of the key set is its identity: the entry keeps it alive, so no other set can take its place.
    fn proved_by(&self, keys: &Arc<KeySet>) -> Option<Arc<Verified>> {
        Arc::ptr_eq(&self.keys, keys).then(|| Arc::clone(&self.verified))
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::uuid_v7;
    use gatehouse_core::time::Timestamp;
    use serde_json::json;

    use super::*;

    fn verified() -> Arc<Verified> {
        let claims = json!({
            "iss": "i", "sub": "c", "aud": "a", "exp": 1, "iat": 1, "client_id": "c",
            "jti": uuid_v7(Timestamp::from_secs(1), [0; 10]).to_string(),
        });
        Arc::new(Verified::parse(claims.to_string().as_bytes()).expect("claims"))
    }

    #[test]
    fn memory_is_bounded_and_busy_tokens_stay() {
        let (cache, keys, verified) = (Cache::default(), Arc::new(KeySet::default()), verified());
        let busy = SecretHash::of("busy");
        cache.insert(&busy, &keys, &verified);
        for n in 0..100_000 {
            cache.insert(&SecretHash::of(&n.to_string()), &keys, &verified);
            assert!(n % 100 != 0 || cache.get(&busy, &keys).is_some(), "{n}");
        }
        assert!(cache.len() <= 16 * 2 * CAPACITY, "{}", cache.len());
        assert!(cache.get(&SecretHash::of("0"), &keys).is_none());
    }

    #[test]
    fn another_key_set_never_meets_an_entry() {
        let (cache, keys, verified) = (Cache::default(), Arc::new(KeySet::default()), verified());
        let token = SecretHash::of("token");
        cache.insert(&token, &keys, &verified);
        assert!(cache.get(&token, &Arc::new(KeySet::default())).is_none());
        assert!(cache.get(&token, &keys).is_some());
    }
}
