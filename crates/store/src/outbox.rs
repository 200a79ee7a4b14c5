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
        /// A logout token to an application (OpenID Connect Back-Channel Logout 1.0); the payload is the server's
        /// `logout_messages::Ended`.
        Logout = "logout",
    }
}

impl Kind {
    /// Tries before a message has failed for good. With the pauses of [`postpone`] a mail has about five days, the
    /// patience of mail servers (RFC 5321 §4.5.4.1), and an application that is down a day to hear who signed out.
    pub fn attempts(self) -> i64 {
        match self {
            Self::Mail => 250,
            Self::Logout => 56,
        }
    }

    /// How many messages to one receiver may be under way at once, so that one that is slow leaves room for others.
    /// `None`: they all go the same way.
    fn at_once(self) -> Option<i64> {
        match self {
            Self::Mail => None,
            Self::Logout => Some(4),
        }
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

/// Longest pause between two tries.
const LONGEST_PAUSE: u64 = 1_800;

/// A message that somebody has claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The same at each attempt: the receiver can tell a repetition by it.
    pub id: OutboxId,
    /// What it is.
    pub kind: Kind,
    /// To whom, as [`enqueue`] was told.
    pub receiver: String,
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

/// What to claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Of one kind: what one kind waits for holds up no other.
    pub kind: Kind,
    /// By whom.
    pub owner: &'a str,
    /// When.
    pub now: Timestamp,
    /// For how long. Whoever dies lets them go by that.
    pub lease: Duration,
    /// How many at most.
    pub limit: u32,
}

/// Writes a message, in the transaction that it tells of. `receiver` names who gets it among messages of its kind; mails
/// need none.
pub async fn enqueue(
    tx: &mut Tx,
    id: OutboxId,
    (kind, receiver): (Kind, &str),
    payload: &Json,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO outbox (id, kind, receiver, payload, state, attempts, next_attempt_at, created_at) \
         VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5)",
        params![id, kind.as_str(), receiver, payload.to_string(), now],
    )
    .await?;
    Ok(())
}

/// Whether a message of a kind is due that nobody has claimed.
pub async fn any_due(tx: &mut Tx, kind: Kind, now: Timestamp) -> Result<bool, DbError> {
    let sql = "SELECT id FROM outbox WHERE kind = $1 AND state = 'waiting' AND next_attempt_at <= $2 \
               AND (lease_until IS NULL OR lease_until <= $2) LIMIT 1";
    Ok(tx.query_opt(sql, params![kind.as_str(), now]).await?.is_some())
}

/// Claims messages that are due.
pub async fn claim(tx: &mut Tx, claim: &Claim<'_>) -> Result<Vec<Message>, DbError> {
    let next = match claim.kind.at_once() {
        Some(at_once) => in_turn(at_once),
        None => format!("SELECT id FROM outbox WHERE {FREE} ORDER BY next_attempt_at, id LIMIT $4"),
    };
    let sql = format!(
        "UPDATE outbox SET lease_owner = $1, lease_until = $3, attempts = attempts + 1 \
         WHERE id IN ({next}) AND {FREE} RETURNING id, kind, receiver, payload, attempts, created_at"
    );
    let Claim { kind, owner, now, lease, limit } = *claim;
    let values = params![owner, now, now.plus(lease), i64::from(limit), kind.as_str()];
    let rows = tx.query(&sql, values).await?;
    let mut messages = rows.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

const DUE: &str = "kind = $5 AND state = 'waiting' AND next_attempt_at <= $2";
const FREE: &str =
    "kind = $5 AND state = 'waiting' AND next_attempt_at <= $2 AND (lease_until IS NULL OR lease_until <= $2)";

/// One message of each receiver before the second of any, and of what was tried the least often first. What is under way
/// has its place, too.
fn in_turn(at_once: i64) -> String {
    format!(
        "SELECT id FROM (SELECT id, attempts, next_attempt_at, lease_until, \
         ROW_NUMBER() OVER (PARTITION BY receiver ORDER BY CASE WHEN lease_until > $2 THEN 0 ELSE 1 END, attempts, \
         next_attempt_at, id) AS place FROM outbox WHERE {DUE}) due \
         WHERE place <= {at_once} AND (lease_until IS NULL OR lease_until <= $2) \
         ORDER BY place, attempts, next_attempt_at, id LIMIT $4"
    )
}

/// It has left; what it said is forgotten, for it may hold a link that works once. False: somebody else had claimed it
/// meanwhile.
pub async fn sent(tx: &mut Tx, id: OutboxId, owner: &str, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE outbox SET state = 'sent', ended_at = $1, lease_owner = NULL, lease_until = NULL, \
               last_error = NULL, payload = '{}' WHERE id = $2 AND lease_owner = $3 AND state = 'waiting'";
    Ok(tx.execute(sql, params![now, id, owner]).await? == 1)
}

/// It could not leave: tried again after a pause that doubles from 10 seconds to half an hour, and given up after
/// [`Kind::attempts`]. `error` holds no personal text. `None`: somebody else had claimed it meanwhile.
pub async fn postpone(
    tx: &mut Tx,
    message: &Message,
    owner: &str,
    error: &str,
    now: Timestamp,
) -> Result<Option<State>, DbError> {
    if message.attempt >= message.kind.attempts() {
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
    let sql = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";
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
        receiver: row.get("receiver")?,
        payload: row.json("payload")?,
        attempt: row.get("attempts")?,
        created_at: row.get("created_at")?,
    })
}

#[cfg(test)]
mod tests;
