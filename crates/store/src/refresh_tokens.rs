//! Table `refresh_tokens`: every generation of every family.

use gatehouse_core::id::GrantId;
use gatehouse_core::oauth::refresh::RefreshToken;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Adds one.
pub async fn insert(tx: &mut Tx, token: &RefreshToken) -> Result<(), DbError> {
    let sql = "INSERT INTO refresh_tokens (hash, grant_id, generation, created_at, expires_at, used_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values =
        params![token.hash, token.grant_id, token.generation, token.created_at, token.expires_at, token.used_at];
    tx.execute(sql, values).await.map(drop)
}

/// One, used or not.
pub async fn find(tx: &mut Tx, hash: SecretHash) -> Result<Option<RefreshToken>, DbError> {
    tx.query_opt("SELECT * FROM refresh_tokens WHERE hash = $1", params![hash]).await?.as_ref().map(read).transpose()
}

/// One generation of a family.
pub async fn find_generation(tx: &mut Tx, grant: GrantId, generation: i64) -> Result<Option<RefreshToken>, DbError> {
    let sql = "SELECT * FROM refresh_tokens WHERE grant_id = $1 AND generation = $2";
    tx.query_opt(sql, params![grant, generation]).await?.as_ref().map(read).transpose()
}

/// Uses one up. `None` when there is none, or it was used or has expired: of any number at once, one gets it.
pub async fn use_up(tx: &mut Tx, hash: SecretHash, now: Timestamp) -> Result<Option<RefreshToken>, DbError> {
    let sql =
        "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING *";
    tx.query_opt(sql, params![hash, now]).await?.as_ref().map(read).transpose()
}

/// Deletes up to `limit` that expired before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM refresh_tokens \
               WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

fn read(row: &Row) -> Result<RefreshToken, DbError> {
    Ok(RefreshToken {
        hash: row.get("hash")?,
        grant_id: row.parse("grant_id")?,
        generation: row.get("generation")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::db::Db;
    use crate::grants;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn is_used_up_once_and_in_time() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await.id;
            let grant = grants::tests::sample(&ground, application, 1);
            let token = |generation: i64| RefreshToken {
                hash: SecretHash::of(&generation.to_string()),
                grant_id: grant.id,
                generation,
                created_at: NOW,
                expires_at: NOW.plus_secs(60),
                used_at: None,
            };
            let (first, second) = (token(0), token(1));
            let write = async move |tx: &mut Tx| {
                grants::insert(tx, &grant).await?;
                insert(tx, &first).await?;
                let used = RefreshToken { used_at: Some(NOW), ..first.clone() };
                assert_eq!(use_up(tx, first.hash, first.expires_at).await?, None, "expired");
                assert_eq!(use_up(tx, first.hash, NOW).await?.as_ref(), Some(&used));
                assert_eq!(use_up(tx, first.hash, NOW).await?, None, "used up");
                insert(tx, &second).await?;
                assert_eq!(find(tx, first.hash).await?, Some(used));
                assert_eq!(find_generation(tx, grant.id, 1).await?.as_ref(), Some(&second));
                assert_eq!(find_generation(tx, grant.id, 2).await?, None);
                assert_eq!(prune(tx, second.expires_at, 10).await?, 0);
                assert_eq!(prune(tx, second.expires_at.plus_secs(1), 10).await?, 2);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
