//! Table `known_browsers`: the browsers that a user signed in with lately, each as the hash of a coarse mark.

use gatehouse_core::id::UserId;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Tx};
use crate::params;

/// Whether a user signed in with this browser after `since`.
pub async fn is_known(tx: &mut Tx, user: UserId, mark: SecretHash, since: Timestamp) -> Result<bool, DbError> {
    let sql = "SELECT 1 AS known FROM known_browsers WHERE user_id = $1 AND mark = $2 AND seen_at > $3";
    Ok(tx.query_opt(sql, params![user, mark, since]).await?.is_some())
}

/// Whether a user signed in with any browser after `since`.
pub async fn any(tx: &mut Tx, user: UserId, since: Timestamp) -> Result<bool, DbError> {
    let sql = "SELECT 1 AS known FROM known_browsers WHERE user_id = $1 AND seen_at > $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![user, since]).await?.is_some())
}

/// Notes that a user signs in with this browser.
pub async fn note(tx: &mut Tx, user: UserId, mark: SecretHash, now: Timestamp) -> Result<(), DbError> {
    let sql = "INSERT INTO known_browsers (user_id, mark, seen_at) VALUES ($1, $2, $3)
               ON CONFLICT (user_id, mark) DO UPDATE SET seen_at = $3";
    tx.execute(sql, params![user, mark, now]).await.map(drop)
}

/// Forgets up to `limit` browsers that were not seen after `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM known_browsers WHERE mark IN
                   (SELECT mark FROM known_browsers WHERE seen_at <= $1 ORDER BY seen_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::users;

    #[tokio::test]
    async fn browsers_are_known_for_a_while() {
        each_engine(async |db: &Db| {
            let write = async |tx: &mut Tx| {
                let (ann, bob) = (users::tests::user("a@example.com", 1), users::tests::user("b@example.com", 2));
                for user in [&ann, &bob] {
                    users::insert(tx, user, None).await?;
                }
                let [one, two] = ["one", "two"].map(SecretHash::of);
                assert!(!any(tx, ann.id, NOW).await?);
                note(tx, ann.id, one, NOW.plus_secs(1)).await?;
                assert!(is_known(tx, ann.id, one, NOW).await? && any(tx, ann.id, NOW).await?);
                assert!(!is_known(tx, ann.id, two, NOW).await?);
                assert!(!is_known(tx, bob.id, one, NOW).await?);
                assert!(!is_known(tx, ann.id, one, NOW.plus_secs(1)).await?, "too long ago");
                assert!(!any(tx, ann.id, NOW.plus_secs(1)).await?);
                note(tx, ann.id, one, NOW.plus_secs(9)).await?;
                note(tx, ann.id, two, NOW.plus_secs(5)).await?;
                assert!(is_known(tx, ann.id, one, NOW.plus_secs(8)).await?, "seen again");
                assert_eq!(prune(tx, NOW.plus_secs(4), 10).await?, 0);
                assert_eq!(prune(tx, NOW.plus_secs(9), 1).await?, 1);
                assert!(is_known(tx, ann.id, one, NOW).await? && !is_known(tx, ann.id, two, NOW).await?);
                Ok::<_, DbError>(())
            };
            db.write(write).await.unwrap();
        })
        .await;
    }
}
