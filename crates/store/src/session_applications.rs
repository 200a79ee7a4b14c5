//! Table `session_applications`: which applications a customer signed in to in a session.

use gatehouse_core::id::{ApplicationId, SessionId};
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::scope::OPENID;

use crate::db::{DbError, Tx};
use crate::params;

/// Remembers whom an authorization signs in. One without a session, or that gives no ID token, signs nobody in.
pub async fn add(tx: &mut Tx, grant: &Grant) -> Result<(), DbError> {
    let Some(session) = grant.session_id.filter(|_| grant.has(OPENID)) else { return Ok(()) };
    let sql = "INSERT INTO session_applications (session_id, application_id, server_id) VALUES ($1, $2, $3) \
               ON CONFLICT (session_id, application_id, server_id) DO NOTHING";
    tx.execute(sql, params![session, grant.application_id, grant.server_id.as_str()]).await.map(drop)
}

/// Gives them for a session that ends, each once, and forgets them.
pub async fn take(tx: &mut Tx, session: SessionId) -> Result<Vec<(ServerId, ApplicationId)>, DbError> {
    let sql = "DELETE FROM session_applications WHERE session_id = $1 RETURNING server_id, application_id";
    let rows = tx.query(sql, params![session]).await?;
    let mut taken = rows
        .iter()
        .map(|row| Ok((row.parse("server_id")?, row.parse("application_id")?)))
        .collect::<Result<Vec<_>, DbError>>()?;
    taken.sort_by(|a: &(ServerId, ApplicationId), b| a.0.as_str().cmp(b.0.as_str()).then(a.1.cmp(&b.1)));
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use gatehouse_core::identity::session::{AuthenticationMethod, Device, Session};
    use gatehouse_core::random::SeededRandom;
    use gatehouse_core::secret::SecretHash;

    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::{grants, sessions};

    #[tokio::test]
    async fn gives_each_once() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let [one, two] = [1, 2].map(async |seed| insert_sample(db, ground, seed).await.id);
            let (one, two) = (one.await, two.await);
            let first = grants::tests::sample(&ground, one, 1);
            let again = grants::tests::sample(&ground, one, 2);
            let second = grants::tests::sample(&ground, two, 3);
            let unnamed = Grant { scopes: vec!["a:read".into()], ..second.clone() };
            let device = Grant { session_id: None, ..second.clone() };
            let id = first.session_id.expect("a session");
            let amr = vec![AuthenticationMethod::Password];
            let session = Session::new(id, ground.developer, amr, Device::default(), NOW);
            let other = SessionId::new(NOW, &SeededRandom::new(5));
            let write = async move |tx: &mut Tx| {
                sessions::insert(tx, &session, SecretHash::of("cookie")).await?;
                for grant in [&unnamed, &device] {
                    add(tx, grant).await?;
                }
                assert_eq!(take(tx, id).await?, []);
                for grant in [&first, &again, &second] {
                    add(tx, grant).await?;
                }
                assert_eq!(take(tx, other).await?, []);
                let taken: Vec<_> = take(tx, id).await?.into_iter().map(|(_, application)| application).collect();
                assert_eq!(taken, [one.min(two), one.max(two)]);
                assert_eq!(take(tx, id).await?, []);
                add(tx, &first).await?;
                assert_eq!(sessions::prune(tx, session.expires_at.plus_secs(1), 1).await?, 1);
                assert_eq!(take(tx, id).await?, [], "gone with the session");
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
