//! Table `codes`: authorization codes, each good for one exchange.

use gatehouse_core::oauth::code::Code;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Adds one; only its hash is kept.
pub async fn insert(tx: &mut Tx, code: &Code, hash: SecretHash) -> Result<(), DbError> {
    let sql = "INSERT INTO codes (hash, grant_id, redirect_uri, redirect_uri_sent, code_challenge, created_at, \
               expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![
        hash,
        code.grant_id,
        &code.redirect_uri,
        code.redirect_uri_sent,
        code.code_challenge.as_ref(),
        code.created_at,
        code.expires_at,
        code.used_at
    ];
    tx.execute(sql, values).await.map(drop)
}

/// One, used or not.
pub async fn find(tx: &mut Tx, hash: SecretHash) -> Result<Option<Code>, DbError> {
    tx.query_opt("SELECT * FROM codes WHERE hash = $1", params![hash]).await?.as_ref().map(read).transpose()
}

/// Uses one up. `false` when it was used or has expired: of any number at once, one gets it.
pub async fn use_up(tx: &mut Tx, hash: SecretHash, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE codes SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2";
    Ok(tx.execute(sql, params![hash, now]).await? == 1)
}

/// Deletes up to `limit` that expired before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM codes \
               WHERE hash IN (SELECT hash FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

fn read(row: &Row) -> Result<Code, DbError> {
    Ok(Code {
        grant_id: row.parse("grant_id")?,
        redirect_uri: row.get("redirect_uri")?,
        redirect_uri_sent: row.get("redirect_uri_sent")?,
        code_challenge: row.get("code_challenge")?,
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
            let code = Code {
                grant_id: grant.id,
                redirect_uri: "https://a.example/cb".into(),
                redirect_uri_sent: true,
                code_challenge: Some("c".into()),
                created_at: NOW,
                expires_at: NOW.plus_secs(60),
                used_at: None,
            };
            let bare = Code { redirect_uri_sent: false, code_challenge: None, ..code.clone() };
            let [one, two] = ["one", "two"].map(SecretHash::of);
            let write = async move |tx: &mut Tx| {
                grants::insert(tx, &grant).await?;
                insert(tx, &code, one).await?;
                insert(tx, &bare, two).await?;
                assert_eq!(find(tx, one).await?.as_ref(), Some(&code));
                assert_eq!(find(tx, two).await?.as_ref(), Some(&bare));
                assert_eq!(find(tx, SecretHash::of("three")).await?, None);
                assert!(!use_up(tx, one, code.expires_at).await?, "expired");
                assert!(use_up(tx, one, NOW).await?);
                assert!(!use_up(tx, one, NOW).await?, "used up");
                assert_eq!(find(tx, one).await?, Some(Code { used_at: Some(NOW), ..code.clone() }));
                assert_eq!(prune(tx, code.expires_at, 10).await?, 0);
                assert_eq!(prune(tx, code.expires_at.plus_secs(1), 1).await?, 1);
                assert_eq!(prune(tx, code.expires_at.plus_secs(1), 10).await?, 1);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
