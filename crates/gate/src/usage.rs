//! Usage: calls per application, API and hour, summed in memory until somebody stores them.
//!
//! What is not stored yet is lost when the process is killed; the server stores once a second.

use std::collections::HashMap;
use std::sync::Arc;

use gatehouse_core::id::ApiId;
use gatehouse_core::time::Timestamp;

use crate::sharded::Sharded;

const HOUR: i64 = 3_600;

/// What has been counted since it was last drained.
#[derive(Debug, Default)]
pub struct Usage {
    counts: Sharded<HashMap<Key, Counts>>,
}

/// Calls of one application at one API in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The application's client id.
    pub client_id: Arc<str>,
    /// The API.
    pub api: ApiId,
    /// Begin of the hour.
    pub hour: Timestamp,
    /// Authenticated calls, those refused by the gate included.
    pub calls: u64,
    /// Calls that the gate refused: scope or quota.
    pub refused: u64,
    /// Calls that it sent on and that were answered with an error.
    pub failed: u64,
}

/// What the gate did with an authenticated call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Sent on; how it was answered is not known yet.
    Forwarded,
    /// Refused for its scope or quota.
    Refused,
}

type Key = (Arc<str>, ApiId, i64);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    calls: u64,
    refused: u64,
    failed: u64,
}

impl Usage {
    /// Counts one authenticated call.
    pub fn count(&self, client_id: &Arc<str>, api: ApiId, outcome: Outcome, now: Timestamp) {
        let refused = u64::from(outcome == Outcome::Refused);
        self.add((Arc::clone(client_id), api, hour(now)), Counts { calls: 1, refused, failed: 0 });
    }

    /// Counts that a call which was counted as sent on has failed.
    pub fn count_failed(&self, client_id: &Arc<str>, api: ApiId, now: Timestamp) {
        self.add((Arc::clone(client_id), api, hour(now)), Counts { failed: 1, ..Counts::default() });
    }

    fn add(&self, key: Key, more: Counts) {
        let mut shard = self.counts.lock(&key);
        let counts = shard.entry(key).or_default();
        counts.calls += more.calls;
        counts.refused += more.refused;
        counts.failed += more.failed;
    }

    /// Takes everything out.
    pub fn drain(&self) -> Vec<UsageRow> {
        let mut rows = Vec::new();
        for mut shard in self.counts.each() {
            rows.extend(std::mem::take(&mut *shard).into_iter().map(|((client_id, api, hour), counts)| UsageRow {
                client_id,
                api,
                hour: Timestamp::from_secs(hour * HOUR),
                calls: counts.calls,
                refused: counts.refused,
                failed: counts.failed,
            }));
        }
        rows
    }

    /// Puts rows back that could not be stored, so that the next attempt has them.
    pub fn restore(&self, rows: Vec<UsageRow>) {
        for row in rows {
            let counts = Counts { calls: row.calls, refused: row.refused, failed: row.failed };
            self.add((row.client_id, row.api, hour(row.hour)), counts);
        }
    }

    /// Rows that wait.
    pub fn waiting(&self) -> usize {
        self.counts.len()
    }
}

/// Of the epoch.
fn hour(at: Timestamp) -> i64 {
    at.as_secs().div_euclid(HOUR)
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;

    #[test]
    fn sums_per_hour_and_drains_once() {
        let usage = Usage::default();
        let api = ApiId::new(Timestamp::from_secs(1), &SeededRandom::new(1));
        let client: Arc<str> = "client".into();
        let hour = Timestamp::from_secs(1_795_345_200 / HOUR * HOUR);
        usage.count(&client, api, Outcome::Forwarded, hour);
        usage.count(&client, api, Outcome::Refused, hour.plus_secs(HOUR - 1));
        usage.count(&client, api, Outcome::Forwarded, hour.plus_secs(HOUR));
        usage.count_failed(&client, api, hour.plus_secs(HOUR));
        let mut rows = usage.drain();
        rows.sort_by_key(|row| row.hour);
        let row = |hour, calls, refused, failed| {
            let client_id = Arc::clone(&client);
            UsageRow { client_id, api, hour, calls, refused, failed }
        };
        assert_eq!(rows, [row(hour, 2, 1, 0), row(hour.plus_secs(HOUR), 1, 0, 1)]);
        assert_eq!((usage.drain(), usage.waiting()), (vec![], 0));

        usage.count(&client, api, Outcome::Forwarded, hour);
        usage.restore(rows);
        let mut rows = usage.drain();
        rows.sort_by_key(|row| row.hour);
        assert_eq!(rows, [row(hour, 3, 1, 0), row(hour.plus_secs(HOUR), 1, 0, 1)]);
    }
}
