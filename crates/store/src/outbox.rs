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

gatehouse_core::text_enum! {
    /// Where a message stands.
    State, "state of a message" {
        /// To be sent.
        Waiting = "waiting",
        /// Gone.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }
}

/// Tries before a message has failed for good; with the pauses of [`postpone`] about five days, the patience of mail
/// servers (RFC 5321 §4.5.4.1).
pub const ATTEMPTS: i64 = 250;
/// Longest pause between two tries.
const LONGEST_PAUSE: u64 = 1_800;

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

/// A message as its operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: OutboxId,
    /// What it is.
    pub kind: Kind,
    /// What it says; nothing is kept of what was sent.
    pub payload: Json,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, as long as it waits.
    pub next_attempt_at: Timestamp,
    /// What the last try failed of.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
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

/// It has left; what it said is forgotten, for it may hold a link that works once. False: somebody else had claimed it
/// meanwhile.
pub async fn sent(tx: &mut Tx, id: OutboxId, owner: &str, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE outbox SET state = 'sent', ended_at = $1, lease_owner = NULL, lease_until = NULL, \
               last_error = NULL, payload = '{}' WHERE id = $2 AND lease_owner = $3 AND state = 'waiting'";
    Ok(tx.execute(sql, params![now, id, owner]).await? == 1)
}

/// It could not leave: tried again after a pause that doubles from 10 seconds to half an hour, and given up after
/// [`ATTEMPTS`]. `error` holds no personal text. `None`: somebody else had claimed it meanwhile.
pub async fn postpone(
    tx: &mut Tx,
    message: &Message,
    owner: &str,
    error: &str,
    now: Timestamp,
) -> Result<Option<State>, DbError> {
    if message.attempt >= ATTEMPTS {
        return refuse(tx, message.id, owner, error, now).await;
    }
    let sql = "UPDATE outbox SET next_attempt_at = $1, last_error = $2, lease_owner = NULL, lease_until = NULL \
               WHERE id = $3 AND lease_owner = $4 AND state = 'waiting'";
    let next = now.plus(pause(message.attempt));
    let kept = tx.execute(sql, params![next, error, message.id, owner]).await? == 1;
    Ok(kept.then_some(State::Waiting))
}

/// It will never leave. `error` holds no personal text. `None`: somebody else had claimed it meanwhile.
pub async fn refuse(
    tx: &mut Tx,
    id: OutboxId,
    owner: &str,
    error: &str,
    now: Timestamp,
) -> Result<Option<State>, DbError> {
    let sql = "UPDATE outbox SET state = 'failed', ended_at = $1, last_error = $2, lease_owner = NULL, \
               lease_until = NULL WHERE id = $3 AND lease_owner = $4 AND state = 'waiting'";
    let ended = tx.execute(sql, params![now, error, id, owner]).await? == 1;
    Ok(ended.then_some(State::Failed))
}

/// Tries a message that was given up again, from the beginning. False: there is none of this id that was given up.
pub async fn retry(tx: &mut Tx, id: OutboxId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE outbox SET state = 'waiting', attempts = 0, next_attempt_at = $1, ended_at = NULL \
               WHERE id = $2 AND state = 'failed'";
    Ok(tx.execute(sql, params![now, id]).await? == 1)
}

/// One message.
pub async fn find(tx: &mut Tx, id: OutboxId) -> Result<Option<Entry>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = $1");
    tx.query_opt(&sql, params![id]).await?.as_ref().map(entry).transpose()
}

/// In order of id: up to `limit` messages of a kind after `after`, in one state or in any.
pub async fn list(
    tx: &mut Tx,
    (kind, state): (Kind, Option<State>),
    after: &str,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE kind = $1 AND (CAST($2 AS TEXT) IS NULL OR state = $2) AND id > $3 \
         ORDER BY id LIMIT $4"
    );
    tx.query(&sql, params![kind.as_str(), state.map(State::as_str), after, limit]).await?.iter().map(entry).collect()
}

/// Deletes up to `limit` messages that ended before `before`.
pub async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE ended_at < $1 ORDER BY id LIMIT $2)";
    tx.execute(sql, params![before, i64::from(limit)]).await
}

fn pause(attempt: i64) -> Duration {
    let doubled = 10_u64.saturating_mul(2_u64.saturating_pow(u32::try_from(attempt - 1).unwrap_or(0)));
    Duration::from_secs(doubled.min(LONGEST_PAUSE))
}

const COLUMNS: &str = "id, kind, payload, state, attempts, next_attempt_at, last_error, created_at, ended_at";

fn entry(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        id: row.parse("id")?,
        kind: row.parse("kind")?,
        payload: row.json("payload")?,
        state: row.parse("state")?,
        attempts: row.get("attempts")?,
        next_attempt_at: row.get("next_attempt_at")?,
        last_error: row.get("last_error")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
    })
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
mod tests;
