//! Running a lost transaction again, and the words for what was given up.

use std::time::Duration;

use super::DbError;

/// Runs of one closure before its conflict is the caller's.
pub(super) const ATTEMPTS: u32 = 8;
/// A caller that has waited this long for its turn has been given up by its client.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long to wait before run `attempt` (from 1): doubled each time, at most 200 ms, spread over half of it so that
/// those who collided do not meet again. `spread` is any number; it needs no secrecy.
pub(super) fn pause(attempt: u32, spread: u32) -> Duration {
    let full = Duration::from_millis(2) * 2_u32.saturating_pow(attempt.min(7));
    let full = full.min(Duration::from_millis(200));
    full / 2 + full / 2 * (spread % 1_000) / 1_000
}

pub(super) fn too_long(limit: Duration) -> DbError {
    DbError::Busy(format!("the transaction took longer than {} ms", limit.as_millis()))
}

pub(super) fn waited() -> DbError {
    DbError::Busy(format!("no turn within {} s", LONGEST_WAIT.as_secs()))
}

pub(super) fn panicked() -> DbError {
    DbError::Engine("the work of a transaction panicked; nothing of it was kept".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause(1, 0), Duration::from_millis(2));
        assert!(pause(3, 999) > pause(3, 0));
        assert!((1..=ATTEMPTS).all(|attempt| pause(attempt, 999) <= Duration::from_millis(200)));
    }
}
