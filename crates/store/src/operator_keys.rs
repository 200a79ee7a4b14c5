//! Table `operator_keys`.

use gatehouse_core::id::OperatorKeyId;
use gatehouse_core::identity::operator_key::OperatorKey;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new key; only its hash is kept.
pub async fn insert(tx: &mut Tx, key: &OperatorKey, hash: SecretHash) -> Result<(), DbError> {
    let sql = "INSERT INTO operator_keys (id, name, hash, last_four, created_at, last_used_at, revoked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![key.id, &key.name, hash, &key.last_four, key.created_at, key.last_used_at, key.revoked_at];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: OperatorKeyId) -> Result<Option<OperatorKey>, DbError> {
    let sql = "SELECT id, name, last_four, created_at, last_used_at, revoked_at FROM operator_keys WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// Active or revoked, with the stored hash for comparing.
pub async fn find_by_hash(tx: &mut Tx, hash: SecretHash) -> Result<Option<(OperatorKey, SecretHash)>, DbError> {
    let sql = "SELECT id, name, last_four, created_at, last_used_at, revoked_at, hash
               FROM operator_keys WHERE hash = $1";
    let Some(row) = tx.query_opt(sql, params![hash]).await? else { return Ok(None) };
    Ok(Some((from_row(&row)?, row.get("hash")?)))
}

/// In order of id, `limit` rows after `after` (empty: from the start).
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<OperatorKey>, DbError> {
    let sql = "SELECT id, name, last_four, created_at, last_used_at, revoked_at
               FROM operator_keys WHERE id > $1 ORDER BY id LIMIT $2";
    tx.query(sql, params![after, limit]).await?.iter().map(from_row).collect()
}

/// Notes that the key was used, unless that was noted after `before` already.
pub async fn note_use(tx: &mut Tx, id: OperatorKeyId, now: Timestamp, before: Timestamp) -> Result<(), DbError> {
    let sql = "UPDATE operator_keys SET last_used_at = $2
               WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)";
    tx.execute(sql, params![id, now, before]).await.map(drop)
}

/// `false` when it was revoked before or does not exist.
pub async fn revoke(tx: &mut Tx, id: OperatorKeyId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE operator_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Ok(tx.execute(sql, params![id, now]).await? == 1)
}

fn from_row(row: &Row) -> Result<OperatorKey, DbError> {
    Ok(OperatorKey {
        id: row.parse("id")?,
        name: row.get("name")?,
        last_four: row.get("last_four")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn key(seed: u64) -> OperatorKey {
        OperatorKey {
            id: OperatorKeyId::new(NOW, &SeededRandom::new(seed)),
            name: format!("key {seed}"),
            last_four: "abcd".to_owned(),
            created_at: NOW,
            last_used_at: None,
            revoked_at: None,
        }
    }

    #[tokio::test]
    async fn finds_notes_and_revokes() {
        each_engine(async |db: &Db| {
            let (one, two) = (key(1), key(2));
            let hash = SecretHash::of("one");
            let (first, second) = (one.clone(), two.clone());
            db.write(async move |tx: &mut Tx| {
                insert(tx, &first, hash).await?;
                insert(tx, &second, SecretHash::of("two")).await
            })
            .await
            .expect("written");

            let (id, later) = (one.id, NOW.plus_secs(90));
            let (found, noted, listed, next, revoked) = db
                .write(async move |tx: &mut Tx| {
                    let found = find_by_hash(tx, hash).await?;
                    note_use(tx, id, NOW, NOW.plus_secs(-60)).await?;
                    note_use(tx, id, NOW.plus_secs(30), NOW.plus_secs(-30)).await?;
                    let noted = find(tx, id).await?.and_then(|key| key.last_used_at);
                    let listed = list(tx, "", 10).await?;
                    let next = list(tx, &listed[0].id.to_string(), 10).await?;
                    let revoked = (revoke(tx, id, later).await?, revoke(tx, id, later).await?);
                    Ok::<_, DbError>((found, noted, listed, next, revoked))
                })
                .await
                .expect("written");
            assert_eq!(found, Some((one.clone(), hash)));
            assert_eq!(noted, Some(NOW));
            assert_eq!(listed.len(), 2);
            assert_eq!(next, listed[1..]);
            assert_eq!(revoked, (true, false));

            let (gone, nobody) = db
                .read(async move |tx: &mut Tx| {
                    Ok::<_, DbError>((find(tx, id).await?, find_by_hash(tx, SecretHash::of("x")).await?))
                })
                .await
                .expect("read");
            assert!(gone.is_some_and(|key| !key.is_active() && key.revoked_at == Some(later)));
            assert_eq!(nobody, None);
        })
        .await;
    }
}
