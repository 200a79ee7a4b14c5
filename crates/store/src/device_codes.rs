//! Table `device_codes`: devices that wait for their person's answer, each code good for one exchange.

use gatehouse_core::id::GrantId;
use gatehouse_core::oauth::device_code::{Decision, DeviceCode};
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Adds one that waits; only hashes are kept. `false` when the user code is taken, also by one that is over: make another.
pub async fn insert(
    tx: &mut Tx,
    code: &DeviceCode,
    (hash, user_code): (SecretHash, SecretHash),
) -> Result<bool, DbError> {
    let sql = "INSERT INTO device_codes (hash, user_code_hash, server_id, application_id, scopes, resources, state, \
               poll_interval, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
               ON CONFLICT (user_code_hash) DO NOTHING";
    let values = params![
        hash,
        user_code,
        code.server_id.as_str(),
        code.application_id,
        code.scopes.join(" "),
        code.resources.join(" "),
        Decision::Pending.as_str(),
        code.interval,
        code.created_at,
        code.expires_at
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// One by its own value, whatever became of it. Held until the transaction ends: of any number that ask at once each
/// sees what the one before has noted.
pub async fn hold(tx: &mut Tx, hash: SecretHash) -> Result<Option<DeviceCode>, DbError> {
    let sql = "UPDATE device_codes SET polled_at = polled_at WHERE hash = $1 RETURNING *";
    tx.query_opt(sql, params![hash]).await?.as_ref().map(read).transpose()
}

/// One by its user code, whatever became of it.
pub async fn find_by_user_code(tx: &mut Tx, user_code: SecretHash) -> Result<Option<DeviceCode>, DbError> {
    let sql = "SELECT * FROM device_codes WHERE user_code_hash = $1";
    tx.query_opt(sql, params![user_code]).await?.as_ref().map(read).transpose()
}

/// Notes that the device has asked and has to wait, from now on for `interval` seconds.
pub async fn polled(tx: &mut Tx, hash: SecretHash, interval: i64, now: Timestamp) -> Result<(), DbError> {
    let sql = "UPDATE device_codes SET polled_at = $3, poll_interval = $2 WHERE hash = $1";
    tx.execute(sql, params![hash, interval, now]).await.map(drop)
}

/// Allows one that waits. `false` when it does not: of any number of answers, the first counts.
pub async fn allow(tx: &mut Tx, user_code: SecretHash, grant: GrantId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE device_codes SET state = 'allowed', grant_id = $2 \
               WHERE user_code_hash = $1 AND state = 'pending' AND expires_at > $3";
    Ok(tx.execute(sql, params![user_code, grant, now]).await? == 1)
}

/// Denies one that waits. `false` when it does not.
pub async fn deny(tx: &mut Tx, user_code: SecretHash, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE device_codes SET state = 'denied' \
               WHERE user_code_hash = $1 AND state = 'pending' AND expires_at > $2";
    Ok(tx.execute(sql, params![user_code, now]).await? == 1)
}

/// Uses one up. `false` when it was not allowed, was used or has expired: of any number at once, one gets it.
pub async fn use_up(tx: &mut Tx, hash: SecretHash, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE device_codes SET used_at = $2 \
               WHERE hash = $1 AND state = 'allowed' AND used_at IS NULL AND expires_at > $2";
    Ok(tx.execute(sql, params![hash, now]).await? == 1)
}

/// Deletes up to `limit` that expired before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM device_codes \
               WHERE hash IN (SELECT hash FROM device_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

fn read(row: &Row) -> Result<DeviceCode, DbError> {
    Ok(DeviceCode {
        server_id: row.parse("server_id")?,
        application_id: row.parse("application_id")?,
        scopes: row.words("scopes")?,
        resources: row.words("resources")?,
        decision: row.parse("state")?,
        grant_id: row.parse_opt("grant_id")?,
        interval: row.get("poll_interval")?,
        polled_at: row.get("polled_at")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::ApplicationId;
    use gatehouse_core::oauth::grant::Grant;

    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::db::Db;
    use crate::grants;
    use crate::testing::{NOW, each_engine};

    fn sample(application_id: ApplicationId) -> DeviceCode {
        DeviceCode {
            server_id: "default".parse().expect("an id"),
            application_id,
            scopes: vec!["openid".into(), "a:read".into()],
            resources: vec!["https://a".into()],
            decision: Decision::Pending,
            grant_id: None,
            interval: 5,
            polled_at: None,
            created_at: NOW,
            expires_at: NOW.plus_secs(600),
            used_at: None,
        }
    }

    #[tokio::test]
    async fn is_answered_once_and_used_up_once() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await.id;
            let (code, later) = (sample(application), NOW.plus_secs(7));
            let grant = Grant { session_id: None, ..grants::tests::sample(&ground, application, 1) };
            let [one, two, typed, other] = ["one", "two", "typed", "other"].map(SecretHash::of);
            let write = async move |tx: &mut Tx| {
                grants::insert(tx, &grant).await?;
                assert!(insert(tx, &code, (one, typed)).await?);
                assert!(!insert(tx, &code, (two, typed)).await?, "the user code is taken");
                assert!(insert(tx, &code, (two, other)).await?);
                assert_eq!(hold(tx, one).await?.as_ref(), Some(&code));
                assert_eq!(find_by_user_code(tx, typed).await?.as_ref(), Some(&code));
                assert_eq!((hold(tx, typed).await?, find_by_user_code(tx, one).await?), (None, None));
                assert!(!use_up(tx, one, NOW).await?, "nobody has allowed it");
                polled(tx, one, 10, later).await?;
                let waiting = DeviceCode { interval: 10, polled_at: Some(later), ..code.clone() };
                assert_eq!(hold(tx, one).await?.as_ref(), Some(&waiting));
                assert!(!allow(tx, typed, grant.id, code.expires_at).await?, "expired");
                assert!(!deny(tx, typed, code.expires_at).await?, "expired");
                assert!(allow(tx, typed, grant.id, later).await?);
                assert!(!allow(tx, typed, grant.id, later).await? && !deny(tx, typed, later).await?, "answered");
                assert!(!use_up(tx, one, code.expires_at).await?, "expired");
                assert!(use_up(tx, one, later).await?);
                assert!(!use_up(tx, one, later).await?, "used up");
                let (decision, grant_id, used_at) = (Decision::Allowed, Some(grant.id), Some(later));
                assert_eq!(hold(tx, one).await?, Some(DeviceCode { decision, grant_id, used_at, ..waiting }));
                assert!(deny(tx, other, later).await?);
                assert!(!deny(tx, other, later).await? && !allow(tx, other, grant.id, later).await?, "answered");
                assert!(!use_up(tx, two, later).await?, "denied");
                assert_eq!(hold(tx, two).await?.map(|code| code.decision), Some(Decision::Denied));
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
