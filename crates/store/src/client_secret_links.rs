//! Table `client_secret_links`: what shows a secret once. What it shows was sealed elsewhere, and is gone when it was.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::client_secret_link::ClientSecretLink;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new link with what it shows; only the hash of its token is kept.
pub async fn insert(tx: &mut Tx, link: &ClientSecretLink, hash: SecretHash, sealed: Vec<u8>) -> Result<(), DbError> {
    let sql = "INSERT INTO client_secret_links (id, hash, application_id, secret_id, sealed, created_by, created_at, \
               expires_at, revealed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = params![
        link.id,
        hash,
        link.application_id,
        link.secret_id,
        sealed,
        link.created_by.as_str(),
        link.created_at,
        link.expires_at,
        link.revealed_at
    ];
    tx.execute(sql, values).await.map(drop)
}

/// For showing a page; whatever it says, only [`reveal`] decides.
pub async fn find(tx: &mut Tx, hash: SecretHash) -> Result<Option<ClientSecretLink>, DbError> {
    let sql = "SELECT * FROM client_secret_links WHERE hash = $1";
    tx.query_opt(sql, params![hash]).await?.as_ref().map(read).transpose()
}

/// All links of an application, oldest first.
pub async fn of_application(tx: &mut Tx, application: ApplicationId) -> Result<Vec<ClientSecretLink>, DbError> {
    let sql = "SELECT * FROM client_secret_links WHERE application_id = $1 ORDER BY id";
    tx.query(sql, params![application]).await?.iter().map(read).collect()
}

/// Uses a link up: `Some`, with what it shows, for exactly one caller before its end. Nothing of that is kept.
pub async fn reveal(
    tx: &mut Tx,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Option<(ClientSecretLink, Vec<u8>)>, DbError> {
    let sql = "UPDATE client_secret_links SET revealed_at = $2 \
               WHERE hash = $1 AND revealed_at IS NULL AND expires_at > $2 RETURNING *";
    let Some(row) = tx.query_opt(sql, params![hash, now]).await? else { return Ok(None) };
    // RETURNING gives values of after the statement: what is to be shown must still be there.
    tx.execute("UPDATE client_secret_links SET sealed = NULL WHERE hash = $1", params![hash]).await?;
    Ok(Some((read(&row)?, row.get("sealed")?)))
}

/// Deletes up to `limit` links whose end is before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM client_secret_links \
               WHERE id IN (SELECT id FROM client_secret_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

fn read(row: &Row) -> Result<ClientSecretLink, DbError> {
    Ok(ClientSecretLink {
        id: row.parse("id")?,
        application_id: row.parse("application_id")?,
        secret_id: row.parse("secret_id")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revealed_at: row.get("revealed_at")?,
    })
}

#[cfg(test)]
mod tests;
