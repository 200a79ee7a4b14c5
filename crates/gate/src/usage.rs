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
}

/// What the gate did with an authenticated call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Sent on, whatever was answered.
    Forwarded,
    /// Refused for its scope or quota.
    Refused,
}

type Key = (Arc<str>, ApiId, i64);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    calls: u64,
    refused: u64,
}

impl Usage {
    /// Counts one authenticated call.
    pub fn count(&self, client_id: &Arc<str>, api: ApiId, outcome: Outcome, now: Timestamp) {
        let key = (Arc::clone(client_id), api, now.as_secs().div_euclid(HOUR));
        let mut shard = self.counts.lock(&key);
        let counts = shard.entry(key).or_default();
        counts.calls += 1;
        counts.refused += u64::from(outcome == Outcome::Refused);
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
            }));
        }
        rows
    }

    /// Puts rows back that could not be stored, so that the next attempt has them.
    pub fn restore(&self, rows: Vec<UsageRow>) {
        for row in rows {
            let key = (row.client_id, row.api, row.hour.as_secs().div_euclid(HOUR));
            let mut shard = self.counts.lock(&key);
            let counts = shard.entry(key).or_default();
            counts.calls += row.calls;
            counts.refused += row.refused;
        }
    }

    /// Rows that wait.
    pub fn waiting(&self) -> usize {
        self.counts.len()
    }
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
        let mut rows = usage.drain();
        rows.sort_by_key(|row| row.hour);
        let row = |hour, calls, refused| UsageRow { client_id: Arc::clone(&client), api, hour, calls, refused };
        assert_eq!(rows, [row(hour, 2, 1), row(hour.plus_secs(HOUR), 1, 0)]);
        assert_eq!((usage.drain(), usage.waiting()), (vec![], 0));

        usage.count(&client, api, Outcome::Forwarded, hour);
        usage.restore(rows);
        let mut rows = usage.drain();
        rows.sort_by_key(|row| row.hour);
        assert_eq!(rows, [row(hour, 3, 1), row(hour.plus_secs(HOUR), 1, 0)]);
    }
}
