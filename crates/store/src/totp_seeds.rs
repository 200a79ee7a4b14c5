//! Table `totp_seeds`: the authenticator app of a user.

use gatehouse_core::id::UserId;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A seed, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpSeed {
    /// Whose it is; a user has one.
    pub user_id: UserId,
    /// Under a key-encryption key, for this user.
    pub sealed: Vec<u8>,
    /// The id of that key.
    pub key_encryption_key: String,
    /// The newest step whose code was used.
    pub last_step: i64,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When a code was last used.
    pub last_used_at: Timestamp,
}

/// `false` when the user has one.
pub async fn insert(tx: &mut Tx, seed: &TotpSeed) -> Result<bool, DbError> {
    let sql = "INSERT INTO totp_seeds (user_id, sealed, key_encryption_key, last_step, created_at, last_used_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let params = params![
        seed.user_id,
        seed.sealed.as_slice(),
        &seed.key_encryption_key,
        seed.last_step,
        seed.created_at,
        seed.last_used_at
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

/// The one of a user.
pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<TotpSeed>, DbError> {
    let sql = "SELECT * FROM totp_seeds WHERE user_id = $1";
    tx.query_opt(sql, params![user]).await?.as_ref().map(from_row).transpose()
}

/// Uses a step up. `false` when it or a later one was used.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE totp_seeds SET last_step = $2, last_used_at = $3 WHERE user_id = $1 AND last_step < $2";
    Ok(tx.execute(sql, params![user, step, now]).await? == 1)
}

/// `false` when there was none.
pub async fn delete(tx: &mut Tx, user: UserId) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM totp_seeds WHERE user_id = $1", params![user]).await? == 1)
}

/// Up to `limit` seeds that are sealed under another key than this one.
pub async fn sealed_otherwise(tx: &mut Tx, key: &str, limit: u32) -> Result<Vec<TotpSeed>, DbError> {
    let sql = "SELECT * FROM totp_seeds WHERE key_encryption_key <> $1 ORDER BY user_id LIMIT $2";
    tx.query(sql, params![key, i64::from(limit)]).await?.iter().map(from_row).collect()
}

/// The same seed under another key. `false` when it was sealed anew or taken away meanwhile.
pub async fn reseal(tx: &mut Tx, before: &TotpSeed, key: &str, sealed: &[u8]) -> Result<bool, DbError> {
    let sql = "UPDATE totp_seeds SET sealed = $3, key_encryption_key = $4 WHERE user_id = $1 AND sealed = $2";
    Ok(tx.execute(sql, params![before.user_id, before.sealed.as_slice(), sealed, key]).await? == 1)
}

fn from_row(row: &Row) -> Result<TotpSeed, DbError> {
    Ok(TotpSeed {
        user_id: row.parse("user_id")?,
        sealed: row.get("sealed")?,
        key_encryption_key: row.get("key_encryption_key")?,
        last_step: row.get("last_step")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::users;

    #[tokio::test]
    async fn a_step_counts_once() {
        each_engine(async |db: &Db| {
            let ann = users::tests::user("ann@example.com", 1);
            let seed = TotpSeed {
                user_id: ann.id,
                sealed: vec![1, 2],
                key_encryption_key: "a".to_owned(),
                last_step: 5,
                created_at: NOW,
                last_used_at: NOW,
            };
            let write = async move |tx: &mut Tx| {
                users::insert(tx, &ann, None).await?;
                assert!(insert(tx, &seed).await?);
                assert!(!insert(tx, &seed).await?, "one per user");
                assert_eq!(find(tx, ann.id).await?.as_ref(), Some(&seed));
                for (step, right) in [(5, false), (4, false), (6, true), (6, false), (5, false), (8, true), (7, false)]
                {
                    assert_eq!(use_step(tx, ann.id, step, NOW.plus_secs(1)).await?, right, "{step}");
                }
                assert_eq!(sealed_otherwise(tx, "a", 10).await?, []);
                assert_eq!(sealed_otherwise(tx, "b", 10).await?.len(), 1);
                assert!(reseal(tx, &seed, "b", &[3]).await?);
                assert!(!reseal(tx, &seed, "b", &[4]).await?, "it is another one by now");
                let now = find(tx, ann.id).await?.expect("there");
                assert_eq!((now.sealed, now.key_encryption_key.as_str(), now.last_step), (vec![3], "b", 8));
                assert!(delete(tx, ann.id).await?);
                assert!(!delete(tx, ann.id).await?);
                assert!(!use_step(tx, ann.id, 9, NOW).await?);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
