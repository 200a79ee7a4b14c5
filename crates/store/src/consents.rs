//! Table `consents`: what customers need not be asked again.

use gatehouse_core::id::{ApplicationId, UserId};
use gatehouse_core::oauth::consent::Consent;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What a user allowed an application on one server.
pub async fn find(
    tx: &mut Tx,
    user: UserId,
    application: ApplicationId,
    server: &str,
) -> Result<Option<Consent>, DbError> {
    let sql = "SELECT * FROM consents WHERE user_id = $1 AND application_id = $2 AND server_id = $3";
    tx.query_opt(sql, params![user, application, server]).await?.as_ref().map(read).transpose()
}

/// Adds one, or puts its scopes in place of those that were allowed before; id and beginning stay.
pub async fn save(tx: &mut Tx, consent: &Consent) -> Result<(), DbError> {
    let sql = "INSERT INTO consents (id, server_id, application_id, user_id, scopes, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (user_id, application_id, server_id) \
               DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at";
    let values = params![
        consent.id,
        consent.server_id.as_str(),
        consent.application_id,
        consent.user_id,
        consent.scopes.join(" "),
        consent.created_at,
        consent.updated_at
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Everything that a user allowed, the newest change first.
pub async fn list_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Consent>, DbError> {
    let sql = "SELECT * FROM consents WHERE user_id = $1 ORDER BY updated_at DESC, id DESC LIMIT 1000";
    tx.query(sql, params![user]).await?.iter().map(read).collect()
}

/// Takes back what a user allowed an application, on every server. Returns how many there were.
pub async fn remove(tx: &mut Tx, user: UserId, application: ApplicationId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM consents WHERE user_id = $1 AND application_id = $2", params![user, application]).await
}

fn read(row: &Row) -> Result<Consent, DbError> {
    Ok(Consent {
        id: row.parse("id")?,
        server_id: row.parse("server_id")?,
        application_id: row.parse("application_id")?,
        user_id: row.parse("user_id")?,
        scopes: row.words("scopes")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::ConsentId;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn one_per_user_application_and_server() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await.id;
            let consent = |seed: u64, scopes: &[&str]| Consent {
                id: ConsentId::new(NOW, &SeededRandom::new(seed)),
                server_id: "default".parse().expect("an id"),
                application_id: application,
                user_id: ground.developer,
                scopes: scopes.iter().map(|&name| name.to_owned()).collect(),
                created_at: NOW.plus_secs(i64::try_from(seed).unwrap_or(0)),
                updated_at: NOW.plus_secs(i64::try_from(seed).unwrap_or(0)),
            };
            let (first, second) = (consent(1, &["openid"]), consent(2, &["openid", "a:read"]));
            let write = async move |tx: &mut Tx| {
                assert_eq!(find(tx, ground.developer, application, "default").await?, None);
                save(tx, &first).await?;
                assert_eq!(find(tx, ground.developer, application, "default").await?.as_ref(), Some(&first));
                assert_eq!(find(tx, ground.developer, application, "other").await?, None);
                assert_eq!(find(tx, ground.reviewer, application, "default").await?, None);
                save(tx, &second).await?;
                let kept = Consent { id: first.id, created_at: first.created_at, ..second.clone() };
                assert_eq!(list_of_user(tx, ground.developer).await?, [kept]);
                assert_eq!(remove(tx, ground.reviewer, application).await?, 0);
                assert_eq!(remove(tx, ground.developer, application).await?, 1);
                assert_eq!(list_of_user(tx, ground.developer).await?, []);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
