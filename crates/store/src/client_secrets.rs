//! Table `client_secrets`.

use std::time::Duration;

use gatehouse_core::id::{ApplicationId, ClientSecretId};
use gatehouse_core::portal::client_secret::{ClientSecret, ClientSecretState};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Adds a secret.
pub async fn insert(tx: &mut Tx, secret: &ClientSecret) -> Result<(), DbError> {
    let sql = "INSERT INTO client_secrets (id, application_id, name, hash, last_four, state, created_by, created_at, \
               expires_at, retires_at, ended_at, last_used_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = params![
        secret.id,
        secret.application_id,
        &secret.name,
        secret.hash,
        &secret.last_four,
        secret.state.as_str(),
        &secret.created_by,
        secret.created_at,
        secret.expires_at,
        secret.retires_at,
        secret.ended_at,
        secret.last_used_at,
    ];
    tx.execute(sql, values).await.map(drop)
}

/// One secret of one application.
pub async fn find(
    tx: &mut Tx,
    application: ApplicationId,
    id: ClientSecretId,
) -> Result<Option<ClientSecret>, DbError> {
    let sql = "SELECT * FROM client_secrets WHERE application_id = $1 AND id = $2";
    tx.query_opt(sql, params![application, id]).await?.as_ref().map(read).transpose()
}

/// All secrets of an application, oldest first, those that have ended among them.
pub async fn of_application(tx: &mut Tx, application: ApplicationId) -> Result<Vec<ClientSecret>, DbError> {
    let sql = "SELECT * FROM client_secrets WHERE application_id = $1 ORDER BY id";
    tx.query(sql, params![application]).await?.iter().map(read).collect()
}

/// Writes a transition. `false` when the secret is not in the state `from` any more: somebody else was faster.
pub async fn update(tx: &mut Tx, secret: &ClientSecret, from: ClientSecretState) -> Result<bool, DbError> {
    let sql = "UPDATE client_secrets SET state = $1, retires_at = $2, ended_at = $3 WHERE id = $4 AND state = $5";
    let values = params![secret.state.as_str(), secret.retires_at, secret.ended_at, secret.id, from.as_str()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Notes when secrets were last used; an earlier time changes nothing.
pub async fn touch_last_used(tx: &mut Tx, used: &[(ClientSecretId, Timestamp)]) -> Result<(), DbError> {
    let sql = "UPDATE client_secrets SET last_used_at = $2 \
               WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    for (id, at) in used {
        tx.execute(sql, params![*id, *at]).await?;
    }
    Ok(())
}

/// Up to `limit` secrets that a date has ended and whose stored state does not show it.
pub async fn ended_by_date(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<ClientSecret>, DbError> {
    let sql = "SELECT * FROM client_secrets WHERE ended_at IS NULL AND expires_at <= $1 \
               UNION SELECT * FROM client_secrets WHERE ended_at IS NULL AND retires_at <= $1 ORDER BY id LIMIT $2";
    tx.query(sql, params![now, limit]).await?.iter().map(read).collect()
}

/// Up to `limit` active secrets that end within so many days and of which nobody was told so late, the first to end first.
/// Not those that were made with less time left: whoever made them knows.
pub async fn ending_untold(tx: &mut Tx, days: u32, now: Timestamp, limit: i64) -> Result<Vec<ClientSecret>, DbError> {
    let before = Duration::from_secs(u64::from(days) * 86_400);
    let sql = "SELECT * FROM client_secrets
               WHERE ended_at IS NULL AND state = 'active' AND expires_at > $1 AND expires_at <= $2
                   AND created_at < expires_at - $3 AND (told_days IS NULL OR told_days > $4)
               ORDER BY expires_at, id LIMIT $5";
    let micros = now.plus(before).as_micros() - now.as_micros();
    tx.query(sql, params![now, now.plus(before), micros, i64::from(days), limit]).await?.iter().map(read).collect()
}

/// Notes that people are told so many days before the end. `false` when they were already, or later than that.
pub async fn set_told(tx: &mut Tx, id: ClientSecretId, days: u32) -> Result<bool, DbError> {
    let sql = "UPDATE client_secrets SET told_days = $2
               WHERE id = $1 AND state = 'active' AND (told_days IS NULL OR told_days > $2)";
    Ok(tx.execute(sql, params![id, i64::from(days)]).await? == 1)
}

fn read(row: &Row) -> Result<ClientSecret, DbError> {
    Ok(ClientSecret {
        id: row.parse("id")?,
        application_id: row.parse("application_id")?,
        name: row.get("name")?,
        hash: row.get("hash")?,
        last_four: row.get("last_four")?,
        state: row.parse("state")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        retires_at: row.get("retires_at")?,
        ended_at: row.get("ended_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

#[cfg(test)]
pub(crate) mod tests;
