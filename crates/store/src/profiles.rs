//! Column `profile` of table `users`: what applications may learn of a person.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::profile::Profile;

use crate::db::{DbError, Tx};
use crate::params;

/// `None` when there is no such user.
pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<Profile>, DbError> {
    let sql = "SELECT id, profile FROM users WHERE id = $1 AND state <> 'deleted'";
    tx.query_opt(sql, params![user]).await?.map(|row| row.json("profile")).transpose()
}

/// `false` when there is no such user.
pub async fn save(tx: &mut Tx, user: UserId, profile: &Profile) -> Result<bool, DbError> {
    let json = serde_json::to_string(profile).map_err(|error| DbError::Unreadable(format!("profile: {error}")))?;
    let sql = "UPDATE users SET profile = $2 WHERE id = $1 AND state <> 'deleted'";
    Ok(tx.execute(sql, params![user, json]).await? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::users;

    #[tokio::test]
    async fn goes_with_its_user() {
        each_engine(async |db: &Db| {
            let ann = users::tests::user("ann@example.com", 1);
            let deleted = ann.delete(NOW).expect("active");
            let write = async move |tx: &mut Tx| {
                assert_eq!(find(tx, ann.id).await?, None);
                users::insert(tx, &ann, None).await?;
                assert_eq!(find(tx, ann.id).await?, Some(Profile::default()));
                let profile = Profile { nickname: Some("A".to_owned()), ..Profile::default() };
                assert!(save(tx, ann.id, &profile).await?);
                assert_eq!(find(tx, ann.id).await?.as_ref(), Some(&profile));
                assert!(users::save(tx, &deleted).await?);
                assert!(!save(tx, ann.id, &profile).await?);
                let row = tx.query_one("SELECT profile FROM users WHERE id = $1", params![ann.id]).await?;
                assert_eq!(row.get::<String>("profile")?, "{}");
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
