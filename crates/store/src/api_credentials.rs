//! Table `api_credentials`.

use gatehouse_core::id::{ApiCredentialId, ApiId};
use gatehouse_core::portal::api_credential::ApiCredential;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::changes::Topic;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new credential.
pub async fn insert(tx: &mut Tx, credential: &ApiCredential, hash: SecretHash) -> Result<(), DbError> {
    let sql = "INSERT INTO api_credentials (id, api_id, name, hash, last_four, created_at, last_used_at, revoked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        credential.id,
        credential.api_id,
        &credential.name,
        hash,
        &credential.last_four,
        credential.created_at,
        credential.last_used_at,
        credential.revoked_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By the hash of the presented value, unless revoked.
pub async fn find_by_hash(tx: &mut Tx, hash: SecretHash) -> Result<Option<ApiCredential>, DbError> {
    let sql = "SELECT id, api_id, name, last_four, created_at, last_used_at, revoked_at
               FROM api_credentials WHERE hash = $1 AND revoked_at IS NULL";
    tx.query_opt(sql, params![hash]).await?.as_ref().map(from_row).transpose()
}

/// Of one API, in the order of their making.
pub async fn list_of_api(tx: &mut Tx, api: ApiId) -> Result<Vec<ApiCredential>, DbError> {
    let sql = "SELECT id, api_id, name, last_four, created_at, last_used_at, revoked_at
               FROM api_credentials WHERE api_id = $1 ORDER BY id";
    tx.query(sql, params![api]).await?.iter().map(from_row).collect()
}

/// Writes the last uses, which only go forward.
pub async fn touch_last_used(tx: &mut Tx, used: &[(ApiCredentialId, Timestamp)]) -> Result<(), DbError> {
    let sql = "UPDATE api_credentials SET last_used_at = $2
               WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    for &(id, at) in used {
        tx.execute(sql, params![id, at]).await?;
    }
    Ok(())
}

/// Ends one of an API and tells every node. `None` when there is no such credential, or it is revoked already.
pub async fn revoke(
    tx: &mut Tx,
    (api, id): (ApiId, ApiCredentialId),
    now: Timestamp,
) -> Result<Option<ApiCredential>, DbError> {
    let sql = "UPDATE api_credentials SET revoked_at = $3 WHERE id = $1 AND api_id = $2 AND revoked_at IS NULL
               RETURNING id, api_id, name, last_four, created_at, last_used_at, revoked_at";
    let revoked = tx.query_opt(sql, params![id, api, now]).await?.as_ref().map(from_row).transpose()?;
    if revoked.is_some() {
        tx.change(Topic::Api, api.to_string());
    }
    Ok(revoked)
}

fn from_row(row: &Row) -> Result<ApiCredential, DbError> {
    Ok(ApiCredential {
        id: row.parse("id")?,
        api_id: row.parse("api_id")?,
        name: row.get("name")?,
        last_four: row.get("last_four")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::apis::tests::{api, insert_with_server};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn a_revoked_credential_is_not_found() {
        each_engine(async |db: &Db| {
            let api = api(1, "a");
            insert_with_server(db, &api).await;
            let credential = ApiCredential {
                id: ApiCredentialId::new(NOW, &SeededRandom::new(1)),
                api_id: api.id,
                name: "gateway".to_owned(),
                last_four: "abcd".to_owned(),
                created_at: NOW,
                last_used_at: None,
                revoked_at: None,
            };
            let wanted = credential.clone();
            let hash = SecretHash::of("value");
            let (id, later) = (credential.id, NOW.plus_secs(9));
            let used = ApiCredential { last_used_at: Some(later), ..wanted.clone() };
            let ended = ApiCredential { revoked_at: Some(NOW), ..used.clone() };
            let write = async move |tx: &mut Tx| {
                insert(tx, &credential, hash).await?;
                assert_eq!(find_by_hash(tx, hash).await?, Some(wanted.clone()));
                touch_last_used(tx, &[(id, later)]).await?;
                touch_last_used(tx, &[(id, NOW)]).await?;
                assert_eq!(find_by_hash(tx, hash).await?.as_ref(), Some(&used));
                let other = ApiId::new(NOW, &SeededRandom::new(9));
                assert_eq!(revoke(tx, (other, id), NOW).await?, None, "of another API");
                assert_eq!(revoke(tx, (credential.api_id, id), NOW).await?.as_ref(), Some(&ended));
                assert_eq!(revoke(tx, (credential.api_id, id), NOW).await?, None);
                assert_eq!(find_by_hash(tx, hash).await?, None);
                assert_eq!(list_of_api(tx, credential.api_id).await?, std::slice::from_ref(&ended));
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
