//! Numbers events and chains each to the one before.

use super::canonical::{self, COLUMNS, Hash, Link};
use crate::db::{DbError, Tx};
use crate::params;
use gatehouse_core::id::AuditEventId;

/// The last event of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; the first event has 1.
    pub seq: i64,
    /// Its hash.
    pub hash: Hash,
}

/// Where the chain ends.
pub async fn head(tx: &mut Tx) -> Result<Head, DbError> {
    let row = tx.query_one("SELECT seq, hash FROM audit_head WHERE id = 1", &[]).await?;
    Ok(Head { seq: row.get("seq")?, hash: canonical::to_hash(&row, "hash")? })
}

/// How many events wait for their number, and the oldest of them.
pub async fn unchained(tx: &mut Tx) -> Result<(i64, Option<AuditEventId>), DbError> {
    let sql = "SELECT COUNT(*) AS count, MIN(id) AS oldest FROM audit_events WHERE seq IS NULL";
    let row = tx.query_one(sql, &[]).await?;
    Ok((row.get("count")?, row.parse_opt("oldest")?))
}

/// Chains up to `limit` events and gives their number. The head moves first and only from where this transaction saw
/// it: of two nodes one waits for the other and then does nothing, so the chain cannot fork.
pub async fn chain(tx: &mut Tx, limit: u32) -> Result<u64, DbError> {
    let start = head(tx).await?;
    let sql = format!("SELECT {COLUMNS} FROM audit_events WHERE seq IS NULL ORDER BY id LIMIT $1");
    let rows = tx.query(&sql, params![i64::from(limit)]).await?;
    let mut end = start;
    let mut links = Vec::with_capacity(rows.len());
    for row in &rows {
        let link = Link::from_row(row)?;
        end = Head { seq: end.seq + 1, hash: link.hash(end.seq + 1, &end.hash) };
        links.push((link.id, end));
    }
    if links.is_empty() {
        return Ok(0);
    }
    let sql = "UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1 AND seq = $3";
    if tx.execute(sql, params![end.seq, end.hash.as_slice(), start.seq]).await? == 0 {
        return Ok(0);
    }
    let count = links.len() as u64;
    for (id, head) in links {
        let sql = "UPDATE audit_events SET seq = $1, hash = $2 WHERE id = $3 AND seq IS NULL";
        if tx.execute(sql, params![head.seq, head.hash.as_slice(), &id]).await? != 1 {
            return Err(DbError::Busy(format!("audit event {id} was chained by somebody else")));
        }
    }
    Ok(count)
}
