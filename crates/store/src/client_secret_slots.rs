//! Table `client_secret_slots`: the chance to collect an application's secret.

use gatehouse_core::id::{ApplicationId, ClientSecretId, SecretSlotId, UserId};
use gatehouse_core::portal::client_secret_slot::ClientSecretSlot;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Adds a slot.
pub async fn insert(tx: &mut Tx, slot: &ClientSecretSlot) -> Result<(), DbError> {
    let sql = "INSERT INTO client_secret_slots (id, application_id, created_at, expires_at, collected_at, collected_by, \
               secret_id) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![
        slot.id,
        slot.application_id,
        slot.created_at,
        slot.expires_at,
        slot.collected_at,
        slot.collected_by,
        slot.secret_id
    ];
    tx.execute(sql, values).await.map(drop)
}

/// All slots of an application, oldest first.
pub async fn of_application(tx: &mut Tx, application: ApplicationId) -> Result<Vec<ClientSecretSlot>, DbError> {
    let sql = "SELECT * FROM client_secret_slots WHERE application_id = $1 ORDER BY id";
    tx.query(sql, params![application]).await?.iter().map(read).collect()
}

/// The slot that was opened last.
pub async fn latest(tx: &mut Tx, application: ApplicationId) -> Result<Option<ClientSecretSlot>, DbError> {
    let sql = "SELECT * FROM client_secret_slots WHERE application_id = $1 ORDER BY id DESC LIMIT 1";
    tx.query_opt(sql, params![application]).await?.as_ref().map(read).transpose()
}

/// Uses a slot up, for the secret that the same transaction makes. `None` when there is no such slot of the
/// application, when somebody was faster, or when it has lapsed: of any number at once, one gets it.
pub async fn collect(
    tx: &mut Tx,
    (application, id): (ApplicationId, SecretSlotId),
    (by, secret): (UserId, ClientSecretId),
    now: Timestamp,
) -> Result<Option<ClientSecretSlot>, DbError> {
    let sql = "UPDATE client_secret_slots SET collected_at = $1, collected_by = $2, secret_id = $3 \
               WHERE id = $4 AND application_id = $5 AND collected_at IS NULL AND expires_at > $1 RETURNING *";
    tx.query_opt(sql, params![now, by, secret, id, application]).await?.as_ref().map(read).transpose()
}

/// Up to `limit` slots that nobody used in time and that is not written down yet.
pub async fn unnoticed(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<ClientSecretSlot>, DbError> {
    let sql = "SELECT * FROM client_secret_slots \
               WHERE collected_at IS NULL AND lapsed_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    tx.query(sql, params![now, limit]).await?.iter().map(read).collect()
}

/// Writes down that a slot has lapsed. `false` when that was done already.
pub async fn lapse(tx: &mut Tx, id: SecretSlotId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE client_secret_slots SET lapsed_at = $1 \
               WHERE id = $2 AND collected_at IS NULL AND lapsed_at IS NULL AND expires_at <= $1";
    Ok(tx.execute(sql, params![now, id]).await? == 1)
}

fn read(row: &Row) -> Result<ClientSecretSlot, DbError> {
    Ok(ClientSecretSlot {
        id: row.parse("id")?,
        application_id: row.parse("application_id")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        collected_at: row.get("collected_at")?,
        collected_by: row.parse_opt("collected_by")?,
        secret_id: row.parse_opt("secret_id")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::applications::tests::{ground, insert_sample};
    use crate::client_secrets;
    use crate::client_secrets::tests::sample;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    const LATER: i64 = 72 * 3_600;

    #[tokio::test]
    async fn is_used_up_once_and_only_in_time() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let application = insert_sample(db, ground, 1).await.id;
            let other = insert_sample(db, ground, 2).await.id;
            let random = SeededRandom::new(3);
            let slot = ClientSecretSlot::open(SecretSlotId::new(NOW, &random), application, NOW);
            let later = NOW.plus_secs(1);
            let second = ClientSecretSlot::open(SecretSlotId::new(later, &random), application, later);
            let secret = sample(application, 1);
            let write = async move |tx: &mut Tx| {
                insert(tx, &slot).await?;
                client_secrets::insert(tx, &secret).await?;
                let end = NOW.plus_secs(LATER);
                let by = (ground.developer, secret.id);
                assert_eq!(collect(tx, (other, slot.id), by, NOW).await?, None, "of another application");
                assert_eq!(collect(tx, (application, slot.id), by, end).await?, None, "lapsed");
                let collected = collect(tx, (application, slot.id), by, end.plus_secs(-1)).await?;
                let expected = ClientSecretSlot {
                    collected_at: Some(end.plus_secs(-1)),
                    collected_by: Some(ground.developer),
                    secret_id: Some(secret.id),
                    ..slot.clone()
                };
                assert_eq!(collected.as_ref(), Some(&expected));
                assert_eq!(collect(tx, (application, slot.id), by, NOW).await?, None, "used up");
                insert(tx, &second).await?;
                assert_eq!(of_application(tx, application).await?, [expected, second.clone()]);
                assert_eq!(latest(tx, application).await?, Some(second.clone()));
                assert_eq!(latest(tx, other).await?, None);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }

    #[tokio::test]
    async fn lapses_once() {
        each_engine(async |db: &Db| {
            let application = insert_sample(db, ground(db).await, 1).await.id;
            let slot = ClientSecretSlot::open(SecretSlotId::new(NOW, &SeededRandom::new(3)), application, NOW);
            let write = async move |tx: &mut Tx| {
                insert(tx, &slot).await?;
                let end = NOW.plus_secs(LATER);
                assert_eq!(unnoticed(tx, end.plus_secs(-1), 10).await?, []);
                assert!(!lapse(tx, slot.id, end.plus_secs(-1)).await?);
                assert_eq!(unnoticed(tx, end, 10).await?, std::slice::from_ref(&slot));
                assert!(lapse(tx, slot.id, end).await?);
                assert!(!lapse(tx, slot.id, end).await?);
                assert_eq!(unnoticed(tx, end, 10).await?, []);
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
