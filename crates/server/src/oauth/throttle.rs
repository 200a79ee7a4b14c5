//! Slows down who fails to authenticate (`security.md` F, I).
//!
//! Counted per client id and network address, and looked at only after a failure: a client with the right secret is
//! never refused because somebody else guesses in its name. The table is bounded, so a flood of made-up client ids
//! only pushes out older counts.

use std::net::IpAddr;

use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;
use moka::sync::Cache;

/// Failures within a window before the answer becomes 429.
const ALLOWED: u32 = 100;

/// Length of a window in seconds.
const WINDOW: i64 = 60;

/// Counts kept at most.
const MOST: u64 = 20_000;

/// Failures by client id and address.
#[derive(Debug)]
pub struct Throttle(Cache<([u8; 32], Option<IpAddr>), Window>);

#[derive(Clone, Copy, Debug)]
struct Window {
    start: Timestamp,
    failures: u32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Throttle {
    /// Counts one failure. `Some` with the seconds to wait when there were too many in this window.
    pub fn failed(&self, client_id: &str, address: Option<IpAddr>, now: Timestamp) -> Option<u32> {
        // The hash keeps a long client id from filling the table.
        let key = (*SecretHash::of(client_id).as_bytes(), address);
        let entry = self.0.entry(key).and_upsert_with(|known| {
            let fresh = Window { start: now, failures: 0 };
            let window = known.map_or(fresh, moka::Entry::into_value);
            let window = if now >= window.start.plus_secs(WINDOW) || now < window.start { fresh } else { window };
            Window { failures: window.failures.saturating_add(1), ..window }
        });
        let window = entry.into_value();
        let left = window.start.plus_secs(WINDOW).since(now).as_secs().max(1);
        (window.failures > ALLOWED).then(|| u32::try_from(left).unwrap_or(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_after_too_many_and_forgives_after_the_window() {
        let throttle = Throttle::default();
        let start = Timestamp::from_secs(1_000);
        for _ in 0..ALLOWED {
            assert_eq!(throttle.failed("a", None, start), None);
        }
        assert_eq!(throttle.failed("a", None, start.plus_secs(20)), Some(40));
        assert_eq!(throttle.failed("b", None, start), None, "another client is not concerned");
        assert_eq!(throttle.failed("a", Some([127, 0, 0, 1].into()), start), None, "nor another address");
        assert_eq!(throttle.failed("a", None, start.plus_secs(60)), None);
    }
}
