//! Table `grants`: authorizations that customers gave to applications.

use gatehouse_core::id::{ApplicationId, GrantId, SessionId, UserId};
use gatehouse_core::oauth::grant::{Authentication, Grant};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;
use crate::sessions::amr;

/// Adds one.
pub async fn insert(tx: &mut Tx, grant: &Grant) -> Result<(), DbError> {
    let sql = "INSERT INTO grants (id, server_id, application_id, user_id, session_id, scopes, resources, nonce, offline, \
               claims, authenticated_at, amr, created_at, last_used_at, expires_at, ended_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let values = params![
        grant.id,
        grant.server_id.as_str(),
        grant.application_id,
        grant.user_id,
        grant.session_id,
        grant.scopes.join(" "),
        grant.resources.join(" "),
        grant.nonce.as_ref(),
        grant.is_offline(),
        grant.claims.as_ref(),
        grant.authentication.at,
        amr(&grant.authentication.amr),
        grant.created_at,
        grant.last_used_at,
        grant.expires_at,
        grant.ended_at
    ];
    tx.execute(sql, values).await.map(drop)
}

/// One, live or not.
pub async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<Grant>, DbError> {
    tx.query_opt("SELECT * FROM grants WHERE id = $1", params![id]).await?.as_ref().map(read).transpose()
}

/// Writes the last use of one that is live, and gives it. `None` when it has ended.
pub async fn touch(tx: &mut Tx, id: GrantId, now: Timestamp) -> Result<Option<Grant>, DbError> {
    let sql = "UPDATE grants SET last_used_at = $2 \
               WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 RETURNING *";
    tx.query_opt(sql, params![id, now]).await?.as_ref().map(read).transpose()
}

/// Ends one. `false` when it had ended before.
pub async fn end(tx: &mut Tx, id: GrantId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE grants SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    Ok(tx.execute(sql, params![id, now]).await? == 1)
}

/// Ends everything that a user gave: to one application, or to all. Gives what has ended by it.
pub async fn end_of_user(
    tx: &mut Tx,
    user: UserId,
    application: Option<ApplicationId>,
    now: Timestamp,
) -> Result<Vec<Grant>, DbError> {
    let sql = "UPDATE grants SET ended_at = $3 \
               WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR application_id = $2) \
               AND ended_at IS NULL AND expires_at > $3 RETURNING *";
    tx.query(sql, params![user, application, now]).await?.iter().map(read).collect()
}

/// Ends everything that a user gave, but what was given in one session. Gives what has ended by it.
pub async fn end_of_user_but(
    tx: &mut Tx,
    user: UserId,
    keep: SessionId,
    now: Timestamp,
) -> Result<Vec<Grant>, DbError> {
    let sql = "UPDATE grants SET ended_at = $3 \
               WHERE user_id = $1 AND (session_id IS NULL OR session_id <> $2) \
               AND ended_at IS NULL AND expires_at > $3 RETURNING *";
    tx.query(sql, params![user, keep, now]).await?.iter().map(read).collect()
}

/// Ends what does not outlive a session. Gives what has ended by it.
pub async fn end_of_session(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<Vec<Grant>, DbError> {
    let sql = "UPDATE grants SET ended_at = $2 \
               WHERE session_id = $1 AND offline = 0 AND ended_at IS NULL AND expires_at > $2 RETURNING *";
    tx.query(sql, params![session, now]).await?.iter().map(read).collect()
}

/// What a user's authorizations are now, the last used first; of each application at most a few matter.
pub async fn live_of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Grant>, DbError> {
    let sql = "SELECT * FROM grants WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 \
               ORDER BY last_used_at DESC, id DESC LIMIT 1000";
    tx.query(sql, params![user, now]).await?.iter().map(read).collect()
}

/// Whether a user has given an application anything that is kept, ended or not.
pub async fn were_of_user(tx: &mut Tx, user: UserId, application: ApplicationId) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM grants WHERE user_id = $1 AND application_id = $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![user, application]).await?.is_some())
}

/// Deletes up to `limit` whose end was before `until`, with their codes and refresh tokens. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM grants \
               WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

pub(crate) fn read(row: &Row) -> Result<Grant, DbError> {
    Ok(Grant {
        id: row.parse("id")?,
        server_id: row.parse("server_id")?,
        application_id: row.parse("application_id")?,
        user_id: row.parse("user_id")?,
        session_id: row.parse_opt("session_id")?,
        scopes: row.words("scopes")?,
        resources: row.words("resources")?,
        nonce: row.get("nonce")?,
        claims: row.get("claims")?,
        authentication: Authentication { at: row.get("authenticated_at")?, amr: row.words("amr")? },
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_core::identity::session::AuthenticationMethod;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::applications::tests::{Ground, ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    /// Every field set, so that a column that is lost is seen.
    pub(crate) fn sample(ground: &Ground, application_id: ApplicationId, seed: u64) -> Grant {
        let random = SeededRandom::new(seed);
        Grant {
            id: GrantId::new(NOW.plus_secs(i64::try_from(seed).unwrap_or(0)), &random),
            server_id: "default".parse().expect("an id"),
            application_id,
            user_id: ground.developer,
            session_id: Some(SessionId::new(NOW, &SeededRandom::new(99))),
            scopes: vec!["openid".into(), "a:read".into()],
            resources: vec!["https://a".into(), "https://b".into()],
            nonce: Some("n".into()),
            claims: Some("{}".into()),
            authentication: Authentication {
                at: NOW,
                amr: vec![AuthenticationMethod::Password, AuthenticationMethod::OneTimePassword],
            },
            created_at: NOW,
            last_used_at: NOW,
            expires_at: NOW.plus_secs(3_600),
            ended_at: None,
        }
    }

    #[tokio::test]
    async fn is_kept_touched_and_ended() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await.id;
            let grant = sample(&ground, application, 1);
            let bare = Grant { session_id: None, nonce: None, claims: None, ..sample(&ground, application, 2) };
            let write = async move |tx: &mut Tx| {
                for one in [&grant, &bare] {
                    insert(tx, one).await?;
                    assert_eq!(find(tx, one.id).await?.as_ref(), Some(one));
                }
                let later = NOW.plus_secs(5);
                assert_eq!(touch(tx, grant.id, later).await?, Some(Grant { last_used_at: later, ..grant.clone() }));
                assert_eq!(touch(tx, grant.id, grant.expires_at).await?, None, "over");
                assert!(end(tx, grant.id, later).await?);
                assert!(!end(tx, grant.id, later).await?);
                assert_eq!(touch(tx, grant.id, later).await?, None, "ended");
                assert_eq!(live_of_user(tx, ground.developer, later).await?, std::slice::from_ref(&bare));
                assert_eq!(prune(tx, bare.expires_at, 10).await?, 0);
                assert_eq!(prune(tx, bare.expires_at.plus_secs(1), 1).await?, 1);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }

    #[tokio::test]
    async fn ends_with_user_application_or_session() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let [one, two] = [1, 2].map(async |seed| insert_sample(db, ground, seed).await.id);
            let (one, two) = (one.await, two.await);
            let online = sample(&ground, one, 1);
            let offline = Grant { scopes: vec!["offline_access".into()], ..sample(&ground, one, 2) };
            let other = Grant { session_id: None, ..sample(&ground, two, 3) };
            let session = online.session_id.expect("a session");
            let write = async move |tx: &mut Tx| {
                for grant in [&online, &offline, &other] {
                    insert(tx, grant).await?;
                }
                let ids = |grants: Vec<Grant>| grants.into_iter().map(|grant| grant.id).collect::<Vec<_>>();
                assert_eq!(ids(end_of_session(tx, session, NOW).await?), [online.id], "the other one is offline");
                assert_eq!(ids(end_of_user(tx, ground.reviewer, None, NOW).await?), []);
                let device = Grant { session_id: None, ..sample(&ground, one, 4) };
                insert(tx, &device).await?;
                assert_eq!(ids(end_of_user_but(tx, ground.reviewer, session, NOW).await?), []);
                let elsewhere = end_of_user_but(tx, ground.developer, session, NOW).await?;
                assert_eq!(ids(elsewhere), [other.id, device.id], "the offline one is of this session");
                let other = Grant { id: GrantId::new(NOW, &SeededRandom::new(7)), ..other.clone() };
                insert(tx, &other).await?;
                assert_eq!(ids(end_of_user(tx, ground.developer, Some(two), NOW).await?), [other.id]);
                assert_eq!(ids(end_of_user(tx, ground.developer, None, NOW).await?), [offline.id]);
                assert_eq!(live_of_user(tx, ground.developer, NOW).await?, []);
                assert!(were_of_user(tx, ground.developer, one).await?, "ended, and known");
                assert!(!were_of_user(tx, ground.reviewer, one).await?);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
