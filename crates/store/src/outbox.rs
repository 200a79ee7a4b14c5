//! Messages that leave the house after their transaction has committed: at least once, with an idempotency id.

use std::time::Duration;

use gatehouse_core::id::OutboxId;
use gatehouse_core::time::Timestamp;
use serde_json::Value as Json;

use crate::db::{DbError, Row, Tx};
use crate::params;

gatehouse_core::text_enum! {
    /// What a message is.
    Kind, "kind of message" {
        /// A mail; the payload is the server's `mail::Mail`.
        Mail = "mail",
    }
}

/// Tries before a message has failed for good; with the pauses of [`failed`] about a day and a half.
pub const ATTEMPTS: i64 = 14;

/// A message that somebody has claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The same at each attempt: the receiver can tell a repetition by it.
    pub id: OutboxId,
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub payload: Json,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Writes a message, in the transaction that it tells of.
pub async fn enqueue(tx: &mut Tx, id: OutboxId, kind: Kind, payload: &Json, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO outbox (id, kind, payload, state, attempts, next_attempt_at, created_at) \
         VALUES ($1, $2, $3, 'waiting', 0, $4, $4)",
        params![id, kind.as_str(), payload.to_string(), now],
    )
    .await?;
    Ok(())
}

/// Whether a claim would give something.
pub async fn any_due(tx: &mut Tx, now: Timestamp) -> Result<bool, DbError> {
    let sql = "SELECT id FROM outbox WHERE state = 'waiting' AND next_attempt_at <= $1 \
               AND (lease_until IS NULL OR lease_until <= $1) LIMIT 1";
    Ok(tx.query_opt(sql, params![now]).await?.is_some())
}

/// Claims up to `limit` messages that are due, for `lease` from now. Whoever dies lets them go by that.
pub async fn claim(
    tx: &mut Tx,
    owner: &str,
    now: Timestamp,
    lease: Duration,
    limit: u32,
) -> Result<Vec<Message>, DbError> {
    let free = "state = 'waiting' AND next_attempt_at <= $2 AND (lease_until IS NULL OR lease_until <= $2)";
    let sql = format!(
        "UPDATE outbox SET lease_owner = $1, lease_until = $3, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM outbox WHERE {free} ORDER BY next_attempt_at, id LIMIT $4) AND {free} \
         RETURNING id, kind, payload, attempts, created_at"
    );
    let rows = tx.query(&sql, params![owner, now, now.plus(lease), i64::from(limit)]).await?;
    let mut messages = rows.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

/// It has left. False: somebody else had claimed it meanwhile.
pub async fn sent(tx: &mut Tx, id: OutboxId, owner: &str, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE outbox SET state = 'sent', ended_at = $1, lease_owner = NULL, lease_until = NULL, \
               last_error = NULL WHERE id = $2 AND lease_owner = $3 AND state = 'waiting'";
    Ok(tx.execute(sql, params![now, id, owner]).await? == 1)
}

/// It could not leave: tried again after a pause that doubles from 10 seconds to 6 hours, and given up after
/// [`ATTEMPTS`]. `error` holds no personal text. False: somebody else had claimed it meanwhile.
pub async fn failed(tx: &mut Tx, message: &Message, owner: &str, error: &str, now: Timestamp) -> Result<bool, DbError> {
    let (state, ended) = if message.attempt >= ATTEMPTS { ("failed", Some(now)) } else { ("waiting", None) };
    let sql = "UPDATE outbox SET state = $1, ended_at = $2, next_attempt_at = $3, last_error = $4, \
               lease_owner = NULL, lease_until = NULL WHERE id = $5 AND lease_owner = $6 AND state = 'waiting'";
    let next = now.plus(pause(message.attempt));
    Ok(tx.execute(sql, params![state, ended, next, error, message.id, owner]).await? == 1)
}

/// Deletes up to `limit` messages that ended before `before`.
pub async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE ended_at < $1 ORDER BY id LIMIT $2)";
    tx.execute(sql, params![before, i64::from(limit)]).await
}

fn pause(attempt: i64) -> Duration {
    let doubled = 10_u64.saturating_mul(2_u64.saturating_pow(u32::try_from(attempt - 1).unwrap_or(0)));
    Duration::from_secs(doubled.min(6 * 3_600))
}

fn message(row: &Row) -> Result<Message, DbError> {
    Ok(Message {
        id: row.parse("id")?,
        kind: row.parse("kind")?,
        payload: row.json("payload")?,
        attempt: row.get("attempts")?,
        created_at: row.get("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gatehouse_core::random::SeededRandom;
    use serde_json::json;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    const LEASE: Duration = Duration::from_secs(60);

    async fn fill(db: &Db, count: u64) {
        for number in 0..count {
            let id = OutboxId::new(NOW, &SeededRandom::new(number));
            db.write(async move |tx| enqueue(tx, id, Kind::Mail, &json!({ "n": number }), NOW).await).await.unwrap();
        }
    }

    async fn claim_at(db: &Db, owner: &'static str, now: Timestamp, limit: u32) -> Vec<Message> {
        db.write(async move |tx| claim(tx, owner, now, LEASE, limit).await).await.unwrap()
    }

    #[tokio::test]
    async fn a_message_is_claimed_once_and_again_after_the_lease() {
        each_engine(async |db: &Db| {
            fill(db, 3).await;
            assert_eq!(claim_at(db, "a", NOW.minus(LEASE), 10).await, [], "not due yet");
            let first = claim_at(db, "a", NOW, 2).await;
            assert_eq!((first.len(), first[0].attempt, first[0].kind), (2, 1, Kind::Mail));
            assert!(db.read(async |tx| any_due(tx, NOW).await).await.unwrap());
            let rest = claim_at(db, "b", NOW, 10).await;
            assert!(!db.read(async |tx| any_due(tx, NOW).await).await.unwrap());
            assert_eq!(rest.len(), 1);
            assert_eq!(claim_at(db, "c", NOW, 10).await, []);
            let late = NOW.plus(LEASE);
            let again = claim_at(db, "c", late, 10).await;
            assert_eq!(again.iter().map(|message| message.attempt).collect::<Vec<_>>(), [2, 2, 2]);
            let id = first[0].id;
            assert!(!db.write(async move |tx| sent(tx, id, "a", late).await).await.unwrap(), "a's lease has ended");
            assert!(db.write(async move |tx| sent(tx, id, "c", late).await).await.unwrap());
            assert!(!db.write(async move |tx| sent(tx, id, "c", late).await).await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn fifty_claimers_share_without_overlap() {
        each_engine(async |db: &Db| {
            fill(db, 60).await;
            let tasks: Vec<_> = (0..50)
                .map(|number| {
                    let db = db.clone();
                    let owner = format!("node{number}");
                    tokio::spawn(async move { db.write(async move |tx| claim(tx, &owner, NOW, LEASE, 3).await).await })
                })
                .collect();
            let (mut seen, mut count) = (BTreeSet::new(), 0);
            for task in tasks {
                for message in task.await.unwrap().unwrap() {
                    seen.insert(message.id);
                    count += 1;
                }
            }
            count += claim_at(db, "last", NOW, 100).await.into_iter().filter(|message| seen.insert(message.id)).count();
            assert_eq!((count, seen.len()), (60, 60));
        })
        .await;
    }

    #[tokio::test]
    async fn a_failing_message_is_given_up_and_pruned() {
        each_engine(async |db: &Db| {
            fill(db, 1).await;
            let mut now = NOW;
            for attempt in 1..=ATTEMPTS {
                let claimed = claim_at(db, "a", now, 1).await;
                assert_eq!(claimed[0].attempt, attempt);
                let message = claimed[0].clone();
                let kept = db.write(async move |tx| failed(tx, &message, "a", "no answer", now).await).await.unwrap();
                assert!(kept);
                assert_eq!(claim_at(db, "a", now.plus_secs(9), 1).await, [], "pauses first");
                now = now.plus_secs(6 * 3_600);
            }
            assert_eq!(claim_at(db, "a", now, 1).await, []);
            assert_eq!(db.write(async move |tx| prune(tx, now.minus(LEASE * 600), 10).await).await.unwrap(), 0);
            assert_eq!(db.write(async move |tx| prune(tx, now, 10).await).await.unwrap(), 1);
        })
        .await;
    }
}
