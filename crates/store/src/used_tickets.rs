//! Table `used_tickets`: sealed values that count once.

use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Tx};
use crate::params;

/// Uses a ticket up: `true` for exactly one caller. After `expires_at` the ticket itself says that it is over.
pub async fn use_up(tx: &mut Tx, hash: SecretHash, expires_at: Timestamp) -> Result<bool, DbError> {
    let sql = "INSERT INTO used_tickets (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, params![hash, expires_at]).await? == 1)
}

/// Deletes up to `limit` that are over. Returns how many.
pub async fn prune(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM used_tickets
               WHERE hash IN (SELECT hash FROM used_tickets WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![now, i64::from(limit)]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn each_counts_once() {
        each_engine(async |db: &Db| {
            let write = async |tx: &mut Tx| {
                let (one, two) = (SecretHash::from_bytes([1; 32]), SecretHash::from_bytes([2; 32]));
                assert!(use_up(tx, one, NOW).await?);
                assert!(!use_up(tx, one, NOW).await?);
                assert!(use_up(tx, two, NOW.plus_secs(1)).await?);
                assert_eq!(prune(tx, NOW, 10).await?, 0);
                assert_eq!(prune(tx, NOW.plus_secs(1), 10).await?, 1);
                assert!(!use_up(tx, two, NOW).await?, "kept until it is over");
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
