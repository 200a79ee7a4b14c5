//! Looks through the log, newest first.

use gatehouse_core::id::{AuditEventId, RequestId};
use gatehouse_core::time::Timestamp;
use serde_json::{Map, Value as Json};

use super::ActorKind;
use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// Which events; empty fields ask nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this kind of actor.
    pub actor_kind: Option<ActorKind>,
    /// Of this actor.
    pub actor_id: Option<String>,
    /// `application.suspended`
    pub action: Option<String>,
    /// `application`
    pub target_kind: Option<String>,
    /// On this.
    pub target_id: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Older than this event: the last one of the page before.
    pub before: Option<AuditEventId>,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: AuditEventId,
    /// When.
    pub at: Timestamp,
    /// Who, as a kind.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor_id: String,
    /// What.
    pub action: String,
    /// On what kind of thing.
    pub target_kind: String,
    /// On what.
    pub target_id: String,
    /// What it was.
    pub before: Option<Json>,
    /// What it became.
    pub after: Option<Json>,
    /// The HTTP request that carried it.
    pub request_id: Option<RequestId>,
    /// Personal fields that have not been deleted.
    pub personal: Option<Map<String, Json>>,
    /// Their salted hash, which stays.
    pub personal_hash: Option<Vec<u8>>,
    /// Number in the chain, once it has one.
    pub seq: Option<i64>,
    /// Hash in the chain.
    pub hash: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT e.id, e.at, e.actor_kind, e.actor_id, e.action, e.target_kind, e.target_id, e.before, \
                      e.after, e.request_id, e.personal_hash, e.seq, e.hash, p.fields \
                      FROM audit_events e LEFT JOIN audit_personal p ON p.event_id = e.id";

/// Up to `limit` events, newest first.
pub async fn list(tx: &mut Tx, filter: &Filter, limit: u32) -> Result<Vec<Entry>, DbError> {
    let mut params = Vec::new();
    let mut conditions = Vec::new();
    let mut ask = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            params.push(value);
            conditions.push(format!("{condition} ${}", params.len()));
        }
    };
    ask("e.actor_kind =", filter.actor_kind.map(|kind| kind.as_str().into()));
    ask("e.actor_id =", filter.actor_id.as_ref().map(Value::from));
    ask("e.action =", filter.action.as_ref().map(Value::from));
    ask("e.target_kind =", filter.target_kind.as_ref().map(Value::from));
    ask("e.target_id =", filter.target_id.as_ref().map(Value::from));
    ask("e.at >=", filter.from.map(Value::from));
    ask("e.at <", filter.until.map(Value::from));
    ask("e.id <", filter.before.map(Value::from));
    let filters = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    params.push(i64::from(limit).into());
    let sql = format!("{SELECT} {filters} ORDER BY e.id DESC LIMIT ${}", params.len());
    tx.query(&sql, &params).await?.iter().map(entry).collect()
}

/// Up to `limit` events after `after`, oldest first: the whole log page by page.
pub async fn export(tx: &mut Tx, after: Option<AuditEventId>, limit: u32) -> Result<Vec<Entry>, DbError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let sql = format!("{SELECT} WHERE e.id > $1 ORDER BY e.id LIMIT $2");
    tx.query(&sql, params![after, i64::from(limit)]).await?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        id: row.parse("id")?,
        at: row.get("at")?,
        actor_kind: row.parse("actor_kind")?,
        actor_id: row.get("actor_id")?,
        action: row.get("action")?,
        target_kind: row.get("target_kind")?,
        target_id: row.get("target_id")?,
        before: row.parse_opt("before")?,
        after: row.parse_opt("after")?,
        request_id: row.parse_opt("request_id")?,
        personal: row.get::<Option<String>>("fields")?.map(|_| row.json("fields")).transpose()?,
        personal_hash: row.get("personal_hash")?,
        seq: row.get("seq")?,
        hash: row.get("hash")?,
    })
}
