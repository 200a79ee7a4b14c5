//! Table `sessions`.

use std::time::Duration;

use gatehouse_core::id::{SessionId, UserId};
use gatehouse_core::identity::session::{AuthenticationMethod, Device, Proved, Session};
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new session; only the hash of its cookie is kept.
pub async fn insert(tx: &mut Tx, session: &Session, hash: SecretHash) -> Result<(), DbError> {
    let sql = "INSERT INTO sessions (id, user_id, hash, created_at, authenticated_at, amr, last_seen_at,
                   longest_idle, expires_at, address, user_agent, ended_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let params = params![
        session.id,
        session.user_id,
        hash,
        session.created_at,
        session.authenticated_at,
        amr(&session.amr),
        session.last_seen_at,
        i64::try_from(session.longest_idle.as_micros()).unwrap_or(i64::MAX),
        session.expires_at,
        session.device.address.as_ref(),
        session.device.user_agent.as_ref(),
        session.ended_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// The session of a cookie, live or not.
pub async fn find_by_hash(tx: &mut Tx, hash: SecretHash) -> Result<Option<Session>, DbError> {
    tx.query_opt("SELECT * FROM sessions WHERE hash = $1", params![hash]).await?.as_ref().map(from_row).transpose()
}

/// One session, live or not.
pub async fn find(tx: &mut Tx, id: SessionId) -> Result<Option<Session>, DbError> {
    tx.query_opt("SELECT * FROM sessions WHERE id = $1", params![id]).await?.as_ref().map(from_row).transpose()
}

/// Sessions of a user that are neither signed out nor over, the last used first; idle ones are among them.
pub async fn list_of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Session>, DbError> {
    let sql = "SELECT * FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2
               ORDER BY last_seen_at DESC, id DESC LIMIT 200";
    tx.query(sql, params![user, now]).await?.iter().map(from_row).collect()
}

/// Writes the last use, which only goes forward, and how long there was none if that was never longer.
pub async fn touch(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<(), DbError> {
    let sql = "UPDATE sessions SET last_seen_at = $2,
                   longest_idle = CASE WHEN $2 - last_seen_at > longest_idle THEN $2 - last_seen_at ELSE longest_idle END
               WHERE id = $1 AND last_seen_at < $2 AND ended_at IS NULL";
    tx.execute(sql, params![id, now]).await.map(drop)
}

/// The session goes on under another cookie value, with these proofs in it. `false` when it was not one of the user's, or
/// is over.
pub async fn renew(
    tx: &mut Tx,
    session: (UserId, SessionId),
    hash: SecretHash,
    (methods, proved): (&[AuthenticationMethod], Proved),
    now: Timestamp,
) -> Result<bool, DbError> {
    let sql = match proved {
        Proved::Everything => {
            "UPDATE sessions SET hash = $3, amr = $4, authenticated_at = $5, last_seen_at = $5, longest_idle = 0
             WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $5"
        }
        Proved::OneMore => {
            "UPDATE sessions SET hash = $3, amr = $4
             WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $5"
        }
    };
    let params = params![session.1, session.0, hash, amr(methods), now];
    Ok(tx.execute(sql, params).await? == 1)
}

/// Signs one session of a user out. `false` when it was not one of theirs, or is over.
pub async fn end(tx: &mut Tx, user: UserId, id: SessionId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL";
    Ok(tx.execute(sql, params![id, user, now]).await? == 1)
}

/// Signs all sessions of a user out, but for one. Gives those that have ended by it.
pub async fn end_all(
    tx: &mut Tx,
    user: UserId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> Result<Vec<SessionId>, DbError> {
    let sql = "UPDATE sessions SET ended_at = $2
               WHERE user_id = $1 AND ended_at IS NULL AND (CAST($3 AS TEXT) IS NULL OR id <> $3) RETURNING id";
    tx.query(sql, params![user, now, keep]).await?.iter().map(|row| row.parse("id")).collect()
}

/// Deletes up to `limit` sessions whose end is before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM sessions
               WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

pub(crate) fn amr(methods: &[AuthenticationMethod]) -> String {
    methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(" ")
}

fn from_row(row: &Row) -> Result<Session, DbError> {
    Ok(Session {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        created_at: row.get("created_at")?,
        authenticated_at: row.get("authenticated_at")?,
        amr: row.words("amr")?,
        last_seen_at: row.get("last_seen_at")?,
        longest_idle: Duration::from_micros(row.get::<i64>("longest_idle")?.unsigned_abs()),
        expires_at: row.get("expires_at")?,
        device: Device { address: row.get("address")?, user_agent: row.get("user_agent")? },
        ended_at: row.get("ended_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;
    use gatehouse_core::secret::{SecretKind, mint};

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn hash(seed: u64) -> SecretHash {
        mint("gh", SecretKind::Session, &SeededRandom::new(seed)).hash()
    }

    fn session(seed: u64, user_id: UserId) -> Session {
        let device = Device { address: Some("192.0.2.1".to_owned()), user_agent: Some("Browser".to_owned()) };
        let amr = vec![AuthenticationMethod::Password, AuthenticationMethod::OneTimePassword];
        Session::new(SessionId::new(NOW, &SeededRandom::new(seed)), user_id, amr, device, NOW)
    }

    async fn insert_user(tx: &mut Tx, id: UserId) -> Result<(), DbError> {
        let sql = "INSERT INTO users (id, email, name, role, state, time_zone, created_at, updated_at, version)
                   VALUES ($1, 'u@example.com', 'U', 'developer', 'active', 'UTC', 0, 0, 1)";
        tx.execute(sql, params![id]).await.map(drop)
    }

    #[tokio::test]
    async fn goes_on_under_another_value() {
        each_engine(async |db: &Db| {
            let (ann, bob) = (UserId::new(NOW, &SeededRandom::new(8)), UserId::new(NOW, &SeededRandom::new(9)));
            let (old, later) = (session(1, ann), NOW.plus_secs(90));
            let write = async move |tx: &mut Tx| {
                insert_user(tx, ann).await?;
                insert(tx, &old, hash(1)).await?;
                let passkey = [AuthenticationMethod::Passkey];
                let (all, more) = ((&passkey[..], Proved::Everything), (&passkey[..], Proved::OneMore));
                assert!(!renew(tx, (bob, old.id), hash(2), all, later).await?, "not bob's");
                assert!(!renew(tx, (ann, old.id), hash(2), all, old.expires_at).await?, "over");
                assert!(!renew(tx, (bob, old.id), hash(4), more, later).await?, "not bob's");
                assert!(!renew(tx, (ann, old.id), hash(4), more, old.expires_at).await?, "over");
                assert!(renew(tx, (ann, old.id), hash(4), more, later).await?);
                let raised = find_by_hash(tx, hash(4)).await?.expect("under the new value");
                assert_eq!((raised.authenticated_at, raised.last_seen_at), (old.authenticated_at, old.last_seen_at));
                assert!(renew(tx, (ann, old.id), hash(2), all, later).await?);
                assert_eq!(find_by_hash(tx, hash(1)).await?, None);
                let renewed =
                    Session { amr: passkey.to_vec(), authenticated_at: later, last_seen_at: later, ..old.clone() };
                assert_eq!(find_by_hash(tx, hash(2)).await?, Some(renewed));
                assert!(end(tx, ann, old.id, later).await?);
                assert!(!renew(tx, (ann, old.id), hash(3), all, later).await?, "signed out");
                Ok::<_, DbError>(())
            };
            db.write(write).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn is_found_touched_and_ended() {
        each_engine(async |db: &Db| {
            let (ann, bob) = (UserId::new(NOW, &SeededRandom::new(8)), UserId::new(NOW, &SeededRandom::new(9)));
            let later = NOW.plus_secs(90);
            let write = async move |tx: &mut Tx| {
                for user in [ann, bob] {
                    insert_user(tx, user).await?;
                }
                for (seed, user) in [(1, ann), (2, ann), (3, ann), (4, bob)] {
                    insert(tx, &session(seed, user), hash(seed)).await?;
                }
                touch(tx, session(2, ann).id, later).await?;
                touch(tx, session(2, ann).id, NOW).await?;
                let seen = find_by_hash(tx, hash(2)).await?;
                let idle = Duration::from_secs(90);
                assert_eq!(seen, Some(Session { last_seen_at: later, longest_idle: idle, ..session(2, ann) }));
                touch(tx, session(2, ann).id, later.plus_secs(60)).await?;
                assert_eq!(
                    find_by_hash(tx, hash(2)).await?.map(|session| session.longest_idle),
                    Some(idle),
                    "the longest"
                );
                assert!(
                    renew(tx, (ann, session(2, ann).id), hash(2), (&[], Proved::Everything), later.plus_secs(61))
                        .await?
                );
                let renewed = find_by_hash(tx, hash(2)).await?.map(|session| session.idle(later.plus_secs(61)));
                assert_eq!(renewed, Some(Duration::ZERO), "counts anew");
                assert_eq!(find_by_hash(tx, hash(5)).await?, None);
                assert_eq!(find(tx, session(1, ann).id).await?, Some(session(1, ann)));
                assert!(!end(tx, bob, session(1, ann).id, later).await?, "not bob's");
                assert!(end(tx, ann, session(1, ann).id, later).await?);
                assert!(!end(tx, ann, session(1, ann).id, later).await?, "only once");
                let ids: Vec<_> = list_of_user(tx, ann, later).await?.into_iter().map(|session| session.id).collect();
                assert_eq!(ids, [session(2, ann).id, session(3, ann).id]);
                assert_eq!(end_all(tx, ann, Some(session(3, ann).id), later).await?, [session(2, ann).id]);
                assert_eq!(end_all(tx, ann, None, later).await?, [session(3, ann).id]);
                assert_eq!(list_of_user(tx, ann, later).await?, []);
                assert_eq!(list_of_user(tx, bob, later).await?.len(), 1);
                assert_eq!(prune(tx, session(1, ann).expires_at, 10).await?, 0);
                assert_eq!(prune(tx, session(1, ann).expires_at.plus_secs(1), 3).await?, 3);
                Ok::<_, DbError>(())
            };
            db.write(write).await.unwrap();
        })
        .await;
    }
}
