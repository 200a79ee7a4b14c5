//! Table `canned_replies`.

use gatehouse_core::id::CannedReplyId;
use gatehouse_core::portal::canned_reply::CannedReply;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new reply.
pub async fn insert(tx: &mut Tx, reply: &CannedReply) -> Result<(), DbError> {
    let sql = "INSERT INTO canned_replies (id, kind, title, body, created_at, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let kind = reply.kind.as_str();
    let params = params![reply.id, kind, &reply.title, &reply.body, reply.created_at, reply.updated_at, reply.version];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: CannedReplyId) -> Result<Option<CannedReply>, DbError> {
    tx.query_opt("SELECT * FROM canned_replies WHERE id = $1", params![id]).await?.as_ref().map(read).transpose()
}

/// All of them, in order of kind and title.
pub async fn list(tx: &mut Tx) -> Result<Vec<CannedReply>, DbError> {
    let sql = "SELECT * FROM canned_replies ORDER BY kind, title, id";
    tx.query(sql, params![]).await?.iter().map(read).collect()
}

/// Writes the next version. `false` when the stored one is not its predecessor: somebody else was faster.
pub async fn save(tx: &mut Tx, reply: &CannedReply) -> Result<bool, DbError> {
    let sql = "UPDATE canned_replies SET title = $1, body = $2, updated_at = $3, version = $4
               WHERE id = $5 AND version = $6";
    let params = params![&reply.title, &reply.body, reply.updated_at, reply.version, reply.id, reply.version - 1];
    Ok(tx.execute(sql, params).await? == 1)
}

/// `false` when there was none.
pub async fn delete(tx: &mut Tx, id: CannedReplyId) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM canned_replies WHERE id = $1", params![id]).await? == 1)
}

fn read(row: &Row) -> Result<CannedReply, DbError> {
    Ok(CannedReply {
        id: row.parse("id")?,
        kind: row.parse("kind")?,
        title: row.get("title")?,
        body: row.get("body")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::portal::canned_reply::ReplyKind;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn reply(seed: u64, kind: ReplyKind, title: &str) -> CannedReply {
        CannedReply {
            id: CannedReplyId::new(NOW, &SeededRandom::new(seed)),
            kind,
            title: title.to_owned(),
            body: "Who are your customers?\nHow many?".to_owned(),
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    #[tokio::test]
    async fn is_kept_changed_and_deleted() {
        each_engine(async |db: &Db| {
            let write = async |tx: &mut Tx| {
                let customers = reply(1, ReplyKind::Question, "Customers");
                let scopes = reply(2, ReplyKind::Decline, "Too many scopes");
                let address = reply(3, ReplyKind::Question, "Address");
                for one in [&customers, &scopes, &address] {
                    insert(tx, one).await?;
                }
                assert_eq!(list(tx).await?, [scopes.clone(), address.clone(), customers.clone()]);
                let later = CannedReply { body: "Who?".to_owned(), version: 2, ..customers.clone() };
                assert!(save(tx, &later).await? && !save(tx, &later).await?, "once");
                assert_eq!(find(tx, customers.id).await?, Some(later));
                assert!(delete(tx, scopes.id).await? && !delete(tx, scopes.id).await?);
                assert_eq!(find(tx, scopes.id).await?, None);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
