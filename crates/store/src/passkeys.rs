//! Table `passkeys`.

use gatehouse_core::id::{PasskeyId, UserId};
use gatehouse_core::identity::passkey::{Passkey, Proven, Registered};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// `false` when the credential is somebody's already.
pub async fn insert(tx: &mut Tx, passkey: &Passkey) -> Result<bool, DbError> {
    let sql = "INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, backup_eligible,
                   backed_up, created_at, last_used_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    let credential = &passkey.credential;
    let params = params![
        passkey.id,
        passkey.user_id,
        &passkey.name,
        credential.credential_id.as_slice(),
        credential.public_key.as_slice(),
        i64::from(credential.sign_count),
        credential.backup_eligible,
        credential.backed_up,
        passkey.created_at,
        passkey.last_used_at
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

/// By what the authenticator calls it.
pub async fn find_by_credential(tx: &mut Tx, credential: &[u8]) -> Result<Option<Passkey>, DbError> {
    let sql = "SELECT * FROM passkeys WHERE credential_id = $1";
    tx.query_opt(sql, params![credential]).await?.as_ref().map(from_row).transpose()
}

/// All of a user, in the order of their making.
pub async fn list_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Passkey>, DbError> {
    let sql = "SELECT * FROM passkeys WHERE user_id = $1 ORDER BY id LIMIT 200";
    tx.query(sql, params![user]).await?.iter().map(from_row).collect()
}

/// Writes a use. `false` when the counter has gone on meanwhile, or the passkey is gone.
pub async fn mark_used(tx: &mut Tx, id: PasskeyId, proven: Proven, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE passkeys SET sign_count = $2, backed_up = $3, last_used_at = $4
               WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))";
    Ok(tx.execute(sql, params![id, i64::from(proven.sign_count), proven.backed_up, now]).await? == 1)
}

/// What was taken away; `None` when the user has no such passkey.
pub async fn delete(tx: &mut Tx, user: UserId, id: PasskeyId) -> Result<Option<Passkey>, DbError> {
    let sql = "DELETE FROM passkeys WHERE id = $1 AND user_id = $2 RETURNING *";
    tx.query_opt(sql, params![id, user]).await?.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Passkey, DbError> {
    let count: i64 = row.get("sign_count")?;
    Ok(Passkey {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        name: row.get("name")?,
        credential: Registered {
            credential_id: row.get("credential_id")?,
            public_key: row.get("public_key")?,
            sign_count: u32::try_from(count).map_err(|_| DbError::Unreadable(format!("sign_count {count}")))?,
            backup_eligible: row.get("backup_eligible")?,
            backed_up: row.get("backed_up")?,
        },
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::users;

    #[tokio::test]
    async fn belong_to_one_user_and_count_forward() {
        each_engine(async |db: &Db| {
            let (ann, bob) = (users::tests::user("ann@example.com", 1), users::tests::user("bob@example.com", 2));
            let credential = Registered {
                credential_id: vec![1, 2],
                public_key: vec![3],
                sign_count: u32::MAX - 1,
                backup_eligible: true,
                backed_up: false,
            };
            let id = PasskeyId::new(NOW, &SeededRandom::new(1));
            let passkey = Passkey {
                id,
                user_id: ann.id,
                name: "Phone".to_owned(),
                credential,
                created_at: NOW,
                last_used_at: None,
            };
            let of_bob = Passkey { id: PasskeyId::new(NOW, &SeededRandom::new(2)), user_id: bob.id, ..passkey.clone() };
            let write = async move |tx: &mut Tx| {
                users::insert(tx, &ann, None).await?;
                users::insert(tx, &bob, None).await?;
                assert!(insert(tx, &passkey).await?);
                assert!(!insert(tx, &of_bob).await?, "it is ann's");
                assert_eq!(find_by_credential(tx, &[1, 2]).await?.as_ref(), Some(&passkey));
                assert_eq!(find_by_credential(tx, &[1]).await?, None);
                let used = |sign_count| Proven { sign_count, backed_up: true };
                for (count, right) in [(u32::MAX - 1, false), (0, false), (u32::MAX, true), (u32::MAX, false)] {
                    assert_eq!(mark_used(tx, id, used(count), NOW.plus_secs(1)).await?, right, "{count}");
                }
                let listed = list_of_user(tx, ann.id).await?;
                assert_eq!((listed.len(), listed[0].last_used_at), (1, Some(NOW.plus_secs(1))));
                assert!(listed[0].credential.backed_up && listed[0].credential.sign_count == u32::MAX);
                assert_eq!(list_of_user(tx, bob.id).await?, []);
                assert_eq!(delete(tx, bob.id, id).await?, None, "not bob's");
                assert_eq!(delete(tx, ann.id, id).await?.map(|passkey| passkey.name).as_deref(), Some("Phone"));
                assert!(!mark_used(tx, id, used(u32::MAX), NOW).await?);
                assert!(insert(tx, &of_bob).await?, "free again");
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
