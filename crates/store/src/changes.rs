//! The log of rare writes that the data plane must learn of.
//!
//! [`crate::db::Tx::change`] appends to it. Numbers have no gaps and are committed in their order, so a node that has
//! seen number *n* has seen all before it; one that finds number *n* + 1 gone (pruned, or the database was restored)
//! must load everything anew.

use crate::db::{DbError, Tx};
use crate::params;

gatehouse_core::text_enum! {
    /// What a change row names; its key says which one.
    Topic, "change topic" {
        /// An authorization server, its settings or its keys; key: server id.
        Server = "server",
        /// An API, its versions or its scopes; key: API id.
        Api = "api",
        /// An application, its secrets or its entitlements; key: **client id**.
        Application = "application",
        /// A revocation predicate; key: revocation id.
        Revocation = "revocation",
        /// A user; key: user id.
        User = "user",
        /// A workspace or its members; key: workspace id.
        Workspace = "workspace",
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number; the first has 1.
    pub seq: i64,
    /// What kind of thing.
    pub topic: Topic,
    /// Which one.
    pub key: String,
}

/// What happened since a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// The number to go on from.
    pub head: i64,
    /// In their order, without a gap; at most [`PAGE`], so ask again while there are any.
    pub changes: Vec<Change>,
    /// What came next is gone, or is of a kind that only a newer program knows (nodes are replaced one after the other),
    /// and everything must be loaded anew; then `changes` is empty and `head` the last number.
    pub gap: bool,
}

/// Most changes that [`since`] gives at once.
pub const PAGE: usize = 1_000;

/// The last number, 0 before the first change. Read it in the same `read` as what it stands for.
pub async fn head(tx: &mut Tx) -> Result<i64, DbError> {
    tx.query_one("SELECT seq FROM changes_head WHERE id = 1", &[]).await?.get("seq")
}

/// What came after number `seq`. When nothing has, this reads one row: introspection asks with every few answers.
pub async fn since(tx: &mut Tx, seq: i64) -> Result<Since, DbError> {
    let head = head(tx).await?;
    if head == seq {
        return Ok(Since { head, changes: Vec::new(), gap: false });
    }
    let sql = "SELECT seq, topic, key FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let rows = tx.query(sql, params![seq, limit]).await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        // One that this program does not know ends the list, and so leaves a gap.
        let Ok(topic) = row.get::<String>("topic")?.parse() else { break };
        changes.push(Change { seq: row.get("seq")?, topic, key: row.get("key")? });
    }
    let whole =
        changes.len() == rows.len() && (seq + 1..).zip(&changes).all(|(expected, change)| change.seq == expected);
    match changes.last() {
        Some(last) if whole => Ok(Since { head: last.seq, changes, gap: false }),
        _ => Ok(Since { head, changes: Vec::new(), gap: true }),
    }
}

/// Deletes up to `limit` of those older than the last `keep`. By number and not by time: a node that is behind by that
/// many loads everything anew faster than one by one.
pub async fn prune(tx: &mut Tx, keep: i64, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM changes WHERE seq IN (SELECT seq FROM changes WHERE seq <= \
               (SELECT seq FROM changes_head WHERE id = 1) - $1 ORDER BY seq LIMIT $2)";
    tx.execute(sql, params![keep, i64::from(limit)]).await
}

#[cfg(test)]
mod tests;
