//! Quotas: a fixed window per application and API that starts at its first call (`results-api.md`).
//!
//! Every authenticated call counts, whatever is answered; one that is refused for its quota does not.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::id::ApiId;
use gatehouse_core::time::Timestamp;

use crate::sharded::Sharded;

/// How many windows a shard keeps before it looks for ended ones.
const FIRST_SWEEP: usize = 64;

/// Calls per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Calls.
    pub limit: u32,
    /// The window's length.
    pub window: Duration,
}

/// What is left after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Calls per window.
    pub limit: u32,
    /// Calls left in it.
    pub remaining: u32,
    /// Seconds until the window ends, rounded up.
    pub reset: u64,
}

/// Whether a call is within the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and has been counted.
    Within(Standing),
    /// It is not, and has not been counted.
    Exceeded(Standing),
}

impl Verdict {
    /// The numbers either way.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Within(standing) | Self::Exceeded(standing) => *standing,
        }
    }
}

/// The windows that are open. Memory is bounded by the applications that called within one window.
#[derive(Debug, Default)]
pub struct Quotas {
    windows: Sharded<Windows>,
}

#[derive(Debug, Default)]
struct Windows {
    open: HashMap<(Arc<str>, ApiId), Window>,
    next_sweep: usize,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    started: Timestamp,
    ends: Timestamp,
    used: u32,
}

impl Quotas {
    /// Counts a call of an application at an API.
    pub fn take(&self, client_id: &Arc<str>, api: ApiId, plan: Plan, now: Timestamp) -> Verdict {
        let key = (Arc::clone(client_id), api);
        let mut windows = self.windows.lock(&key);
        windows.sweep(now);
        let fresh = Window { started: now, ends: now.plus(plan.window), used: 0 };
        let window = windows.open.entry(key).or_insert(fresh);
        // A plan with a shorter window holds from the next call on.
        window.ends = window.ends.min(window.started.plus(plan.window));
        if window.is_over(now) {
            *window = fresh;
        }
        let within = window.used < plan.limit;
        if within {
            window.used += 1;
        }
        let standing = Standing {
            limit: plan.limit,
            remaining: plan.limit.saturating_sub(window.used),
            reset: seconds_up(window.ends.since(now)),
        };
        if within { Verdict::Within(standing) } else { Verdict::Exceeded(standing) }
    }

    /// Windows in memory, ended ones included until they are swept.
    pub fn open_windows(&self) -> usize {
        self.windows.each().map(|windows| windows.open.len()).sum()
    }
}

impl Windows {
    /// Costs nothing on most calls: it looks only when the map has doubled since the last time.
    fn sweep(&mut self, now: Timestamp) {
        if self.open.len() < self.next_sweep.max(FIRST_SWEEP) {
            return;
        }
        self.open.retain(|_, window| !window.is_over(now));
        self.open.shrink_to(self.open.len() * 2);
        self.next_sweep = self.open.len() * 2;
    }
}

impl Window {
    /// Also when the clock was set back: otherwise nobody could call until it has caught up.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends || now < self.started
    }
}

fn seconds_up(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;
    use proptest::prelude::*;

    use super::*;

    const PLAN: Plan = Plan { limit: 3, window: Duration::from_secs(60) };

    fn api() -> ApiId {
        ApiId::new(Timestamp::from_secs(1), &SeededRandom::new(1))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_345_500_000 + millis)
    }

    fn within(remaining: u32, reset: u64) -> Verdict {
        Verdict::Within(Standing { limit: 3, remaining, reset })
    }

    fn exceeded(reset: u64) -> Verdict {
        Verdict::Exceeded(Standing { limit: 3, remaining: 0, reset })
    }

    #[test]
    fn the_window_starts_at_the_first_call() {
        let quotas = Quotas::default();
        let client: Arc<str> = "client".into();
        for (millis, verdict) in [
            (0, within(2, 60)),
            (1, within(1, 60)),
            (1_000, within(0, 59)),
            (1_001, exceeded(59)),
            (59_999, exceeded(1)),
            (60_000, within(2, 60)),
            (200_000, within(2, 60)),
        ] {
            assert_eq!(quotas.take(&client, api(), PLAN, at(millis)), verdict, "{millis}");
        }
    }

    #[test]
    fn applications_and_apis_have_windows_of_their_own() {
        let quotas = Quotas::default();
        let other_api = ApiId::new(Timestamp::from_secs(2), &SeededRandom::new(2));
        let one: Arc<str> = "one".into();
        let plan = Plan { limit: 1, ..PLAN };
        assert!(matches!(quotas.take(&one, api(), plan, at(0)), Verdict::Within(_)));
        assert!(matches!(quotas.take(&one, api(), plan, at(0)), Verdict::Exceeded(_)));
        assert!(matches!(quotas.take(&one, other_api, plan, at(0)), Verdict::Within(_)));
        assert!(matches!(quotas.take(&"two".into(), api(), plan, at(0)), Verdict::Within(_)));
    }

    #[test]
    fn a_changed_plan_holds_at_once() {
        let quotas = Quotas::default();
        let client: Arc<str> = "client".into();
        quotas.take(&client, api(), PLAN, at(0));
        let raised = quotas.take(&client, api(), Plan { limit: 6_000, ..PLAN }, at(1));
        assert_eq!(raised.standing().remaining, 5_998);
        let nothing = quotas.take(&client, api(), Plan { limit: 0, ..PLAN }, at(2));
        assert_eq!(nothing, Verdict::Exceeded(Standing { limit: 0, remaining: 0, reset: 60 }));
        let shorter = Plan { limit: 3, window: Duration::from_secs(10) };
        assert_eq!(quotas.take(&client, api(), shorter, at(10_000)), within(2, 10));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let quotas = Quotas::default();
        let client: Arc<str> = "client".into();
        let plan = Plan { limit: 1, ..PLAN };
        quotas.take(&client, api(), plan, at(3_600_000));
        let verdict = quotas.take(&client, api(), plan, at(0));
        assert_eq!(verdict, Verdict::Within(Standing { limit: 1, remaining: 0, reset: 60 }));
    }

    #[test]
    fn ended_windows_are_dropped() {
        let quotas = Quotas::default();
        for minute in 0..50 {
            for n in 0..1_000 {
                quotas.take(&format!("client-{minute}-{n}").into(), api(), PLAN, at(minute * 61_000));
            }
        }
        assert!(quotas.open_windows() < 6_000, "{}", quotas.open_windows());
    }

    #[test]
    fn many_at_once_get_exactly_the_limit() {
        let quotas = Quotas::default();
        let plan = Plan { limit: 500, ..PLAN };
        let within = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let client: Arc<str> = "client".into();
                    for _ in 0..100 {
                        if matches!(quotas.take(&client, api(), plan, at(0)), Verdict::Within(_)) {
                            within.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert_eq!(within.into_inner(), 500);
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_in_a_window(mut millis in proptest::collection::vec(0_i64..200_000, 1..200)) {
            millis.sort_unstable();
            let quotas = Quotas::default();
            let client: Arc<str> = "client".into();
            let mut started: Option<i64> = None;
            let mut used = 0;
            for now in millis {
                if started.is_none_or(|start| now >= start + 60_000) {
                    started = Some(now);
                    used = 0;
                }
                let verdict = quotas.take(&client, api(), PLAN, at(now));
                used += u32::from(used < 3 && matches!(verdict, Verdict::Within(_)));
                prop_assert_eq!(verdict.standing().remaining, 3 - used);
                prop_assert!((1..=60).contains(&verdict.standing().reset));
            }
        }
    }
}
