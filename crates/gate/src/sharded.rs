//! A hash map behind several locks, so that cores do not wait for each other at one.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 16;

/// One of the maps.
pub(crate) type Shard<V> = Mutex<V>;

/// Sixteen values of a kind, each behind its own lock, chosen by the hash of a key.
#[derive(Debug)]
pub(crate) struct Sharded<V> {
    shards: [Shard<V>; SHARDS],
    hasher: RandomState,
}

impl<V: Default> Default for Sharded<V> {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Shard::default()), hasher: RandomState::new() }
    }
}

impl<V> Sharded<V> {
    /// The part that is responsible for `key`.
    pub(crate) fn lock(&self, key: &(impl Hash + ?Sized)) -> MutexGuard<'_, V> {
        // The remainder is below SHARDS.
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are as good as all")]
        let at = self.hasher.hash_one(key) as usize % SHARDS;
        lock(&self.shards[at])
    }

    /// Every part, one after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, V>> {
        self.shards.iter().map(lock)
    }
}

impl<K, T> Sharded<HashMap<K, T>> {
    /// Entries in all parts.
    pub(crate) fn len(&self) -> usize {
        self.each().map(|shard| shard.len()).sum()
    }
}

/// A panic while a counter was being changed leaves a usable counter behind.
fn lock<V>(shard: &Shard<V>) -> MutexGuard<'_, V> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
