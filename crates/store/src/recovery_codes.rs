//! Table `recovery_codes`.

use gatehouse_core::id::UserId;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Tx};
use crate::params;

/// Gives a user these codes and no others.
pub async fn replace(tx: &mut Tx, user: UserId, hashes: &[SecretHash]) -> Result<(), DbError> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", params![user]).await?;
    for hash in hashes {
        tx.execute("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)", params![user, *hash]).await?;
    }
    Ok(())
}

/// Uses a code up: `true` for exactly one caller.
pub async fn consume(tx: &mut Tx, user: UserId, hash: SecretHash, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL";
    Ok(tx.execute(sql, params![user, hash, now]).await? == 1)
}

/// How many were not used.
pub async fn left(tx: &mut Tx, user: UserId) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) AS n FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL";
    tx.query_one(sql, params![user]).await?.get("n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::users;

    #[tokio::test]
    async fn each_counts_once() {
        each_engine(async |db: &Db| {
            let (ann, bob) = (users::tests::user("ann@example.com", 1), users::tests::user("bob@example.com", 2));
            let (one, two) = (SecretHash::from_bytes([1; 32]), SecretHash::from_bytes([2; 32]));
            let write = async move |tx: &mut Tx| {
                users::insert(tx, &ann, None).await?;
                users::insert(tx, &bob, None).await?;
                replace(tx, ann.id, &[one, two]).await?;
                assert!(!consume(tx, bob.id, one, NOW).await?, "not bob's");
                assert!(consume(tx, ann.id, one, NOW).await?);
                assert!(!consume(tx, ann.id, one, NOW).await?, "once");
                assert_eq!((left(tx, ann.id).await?, left(tx, bob.id).await?), (1, 0));
                replace(tx, ann.id, &[one]).await?;
                assert!(!consume(tx, ann.id, two, NOW).await?, "replaced");
                assert_eq!(left(tx, ann.id).await?, 1);
                replace(tx, ann.id, &[]).await?;
                assert_eq!(left(tx, ann.id).await?, 0);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
