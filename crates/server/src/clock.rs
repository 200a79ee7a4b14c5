//! The system's clock: the one place that reads it.

use std::time::{Duration, Instant};

use gatehouse_core::time::{Clock, Timestamp};

/// Wall-clock time, and beside it the time since the clock was made.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    made: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { made: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Duration {
        self.made.elapsed()
    }
}
