//! Ids of requests. Every request gets one, and asking the system's generator for each would cost more than all the
//! rest of a small answer. An id is an address in our logs and no secret, so a seed drawn once and a mixing function
//! are enough (SplitMix64: a counter in steps of an odd constant, each step scrambled).

use std::sync::atomic::{AtomicU64, Ordering};

use gatehouse_core::id::RequestId;
use gatehouse_core::random::{Random, bytes};
use gatehouse_core::time::Timestamp;

/// Of Steele, Lea and Flood: 2⁶⁴ divided by the golden ratio, made odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The ids of one process.
pub(super) struct RequestIds {
    counter: AtomicU64,
    /// Sets processes apart whose counters meet.
    process: [u8; 2],
}

impl RequestIds {
    pub(super) fn new(random: &dyn Random) -> Self {
        Self { counter: AtomicU64::new(u64::from_be_bytes(bytes(random))), process: bytes(random) }
    }

    pub(super) fn next(&self, now: Timestamp) -> RequestId {
        let [a, b, c, d, e, f, g, h] = mix(self.counter.fetch_add(STEP, Ordering::Relaxed)).to_be_bytes();
        let [first, second] = self.process;
        RequestId::from_bytes(now, [a, b, first, second, c, d, e, f, g, h])
    }
}

/// One to one, so that no two steps meet.
fn mix(step: u64) -> u64 {
    let step = (step ^ (step >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let step = (step ^ (step >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    step ^ (step >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use gatehouse_core::random::SeededRandom;

    use super::*;

    #[test]
    fn no_two_requests_have_the_same_id() {
        let now = Timestamp::from_secs(1_795_345_500);
        let (here, there) = (RequestIds::new(&SeededRandom::new(1)), RequestIds::new(&SeededRandom::new(2)));
        let ids: HashSet<_> = (0..50_000).flat_map(|_| [here.next(now), there.next(now)]).collect();
        assert_eq!(ids.len(), 100_000);
    }

    /// The reference values of SplitMix64 for the seed 0.
    #[test]
    fn mixes_as_published() {
        assert_eq!([mix(STEP), mix(STEP.wrapping_mul(2))], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }
}
