//! Table `one_time_links`.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::one_time_link::{OneTimeLink, Purpose};
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new link; only the hash of its token is kept.
pub async fn insert(tx: &mut Tx, link: &OneTimeLink, hash: SecretHash) -> Result<(), DbError> {
    let sql =
        "INSERT INTO one_time_links (id, purpose, hash, user_id, email, email_key, return_to, created_at, expires_at, used_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let params = params![
        link.id,
        link.purpose.as_str(),
        hash,
        link.user_id,
        link.email.as_ref().map(Email::as_typed),
        link.email.as_ref().map(Email::key),
        link.return_to.as_deref(),
        link.created_at,
        link.expires_at,
        link.used_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// For showing a page; whatever it says, only [`consume`] decides.
pub async fn find(tx: &mut Tx, purpose: Purpose, hash: SecretHash) -> Result<Option<OneTimeLink>, DbError> {
    let sql = "SELECT id, purpose, user_id, email, email_key, return_to, created_at, expires_at, used_at
               FROM one_time_links WHERE hash = $1 AND purpose = $2";
    tx.query_opt(sql, params![hash, purpose.as_str()]).await?.as_ref().map(from_row).transpose()
}

/// The newest link of a purpose that a user can still use.
pub async fn open_of(
    tx: &mut Tx,
    purpose: Purpose,
    user: UserId,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, DbError> {
    let sql =
        "SELECT id, purpose, user_id, email, email_key, return_to, created_at, expires_at, used_at FROM one_time_links
               WHERE purpose = $1 AND user_id = $2 AND used_at IS NULL AND expires_at > $3 ORDER BY id DESC LIMIT 1";
    tx.query_opt(sql, params![purpose.as_str(), user, now]).await?.as_ref().map(from_row).transpose()
}

/// Uses the link up: `Some` for exactly one caller, before its end, for the purpose it was made for.
pub async fn consume(
    tx: &mut Tx,
    purpose: Purpose,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, DbError> {
    let sql = "UPDATE one_time_links SET used_at = $3
               WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
               RETURNING id, purpose, user_id, email, email_key, return_to, created_at, expires_at, used_at";
    tx.query_opt(sql, params![hash, purpose.as_str(), now]).await?.as_ref().map(from_row).transpose()
}

/// Ends the links of a purpose that nobody used, so that a new one is the only one.
pub async fn discard_unused(tx: &mut Tx, purpose: Purpose) -> Result<(), DbError> {
    let sql = "DELETE FROM one_time_links WHERE purpose = $1 AND used_at IS NULL";
    tx.execute(sql, params![purpose.as_str()]).await.map(drop)
}

/// The same for the links of one user.
pub async fn discard_unused_of(tx: &mut Tx, purpose: Purpose, user: UserId) -> Result<(), DbError> {
    let sql = "DELETE FROM one_time_links WHERE purpose = $1 AND user_id = $2 AND used_at IS NULL";
    tx.execute(sql, params![purpose.as_str(), user]).await.map(drop)
}

/// Deletes up to `limit` links whose end is before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM one_time_links
               WHERE id IN (SELECT id FROM one_time_links WHERE expires_at < $1 ORDER BY id LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

fn from_row(row: &Row) -> Result<OneTimeLink, DbError> {
    let email = row.get::<Option<String>>("email")?.zip(row.get::<Option<String>>("email_key")?);
    Ok(OneTimeLink {
        id: row.parse("id")?,
        purpose: row.parse("purpose")?,
        user_id: row.parse_opt("user_id")?,
        email: email.map(|(typed, key)| Email::from_stored(typed, key)),
        return_to: row.get("return_to")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::OneTimeLinkId;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn link(seed: u64) -> OneTimeLink {
        let id = OneTimeLinkId::new(NOW, &SeededRandom::new(seed));
        OneTimeLink { return_to: Some("/x?y=1".into()), ..OneTimeLink::new(id, Purpose::SetUp, None, NOW) }
    }

    async fn insert_one(db: &Db, link: OneTimeLink, token: &'static str) {
        db.write(async move |tx: &mut Tx| insert(tx, &link, SecretHash::of(token)).await).await.expect("written");
    }

    async fn use_up(db: &Db, purpose: Purpose, token: &'static str, now: Timestamp) -> bool {
        let used = db.write(async move |tx: &mut Tx| consume(tx, purpose, SecretHash::of(token), now).await).await;
        used.expect("written").is_some()
    }

    #[tokio::test]
    async fn works_once_for_its_purpose_before_its_end() {
        each_engine(async |db: &Db| {
            let link = link(1);
            let end = link.expires_at;
            insert_one(db, link.clone(), "one").await;
            assert!(!use_up(db, Purpose::ResetPassword, "one", NOW).await);
            assert!(!use_up(db, Purpose::SetUp, "two", NOW).await);
            assert!(!use_up(db, Purpose::SetUp, "one", end).await);
            assert!(use_up(db, Purpose::SetUp, "one", end.plus_secs(-1)).await);
            assert!(!use_up(db, Purpose::SetUp, "one", NOW).await);
            let found = db.read(async |tx: &mut Tx| find(tx, Purpose::SetUp, SecretHash::of("one")).await).await;
            assert_eq!(found.expect("read"), Some(OneTimeLink { used_at: Some(end.plus_secs(-1)), ..link }));
        })
        .await;
    }

    #[tokio::test]
    async fn fifty_at_once_use_it_once() {
        each_engine(async |db: &Db| {
            insert_one(db, link(1), "one").await;
            let tasks: Vec<_> = (0..50)
                .map(|_| {
                    let db = db.clone();
                    tokio::spawn(async move { use_up(&db, Purpose::SetUp, "one", NOW).await })
                })
                .collect();
            let mut winners = 0;
            for task in tasks {
                winners += u32::from(task.await.expect("runs"));
            }
            assert_eq!(winners, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_newer_link_replaces_those_of_the_same_user_and_purpose() {
        each_engine(async |db: &Db| {
            let (ann, bob) = (UserId::new(NOW, &SeededRandom::new(8)), UserId::new(NOW, &SeededRandom::new(9)));
            let write = async move |tx: &mut Tx| {
                for (user, email) in [(ann, "a@example.com"), (bob, "b@example.com")] {
                    let sql = "INSERT INTO users (id, email, email_key, name, role, state, time_zone, created_at,
                                   updated_at, version)
                               VALUES ($1, $2, $2, 'U', 'developer', 'active', 'UTC', 0, 0, 1)";
                    tx.execute(sql, params![user, email]).await?;
                }
                let all = [("a", ann, Purpose::ResetPassword), ("b", bob, Purpose::ResetPassword)];
                for (seed, (token, user, purpose)) in
                    (1..).zip(all.into_iter().chain([("c", ann, Purpose::VerifyEmail)]))
                {
                    let id = OneTimeLinkId::new(NOW, &SeededRandom::new(seed));
                    insert(tx, &OneTimeLink::new(id, purpose, Some(user), NOW), SecretHash::of(token)).await?;
                }
                let wanted = Email::parse("Ann@New.example").ok();
                let id = OneTimeLinkId::new(NOW, &SeededRandom::new(9));
                let change =
                    OneTimeLink { email: wanted, ..OneTimeLink::new(id, Purpose::ChangeEmail, Some(ann), NOW) };
                insert(tx, &change, SecretHash::of("d")).await?;
                let end = change.expires_at;
                assert_eq!(open_of(tx, Purpose::ChangeEmail, ann, NOW).await?, Some(change));
                assert_eq!(open_of(tx, Purpose::ChangeEmail, ann, end).await?, None, "over");
                assert_eq!(open_of(tx, Purpose::ChangeEmail, bob, NOW).await?, None, "not bob's");
                assert!(consume(tx, Purpose::ChangeEmail, SecretHash::of("d"), NOW).await?.is_some());
                assert_eq!(open_of(tx, Purpose::ChangeEmail, ann, NOW).await?, None, "used");
                discard_unused_of(tx, Purpose::ResetPassword, ann).await?;
                let mut left = Vec::new();
                for (token, purpose) in
                    [("a", Purpose::ResetPassword), ("b", Purpose::ResetPassword), ("c", Purpose::VerifyEmail)]
                {
                    left.push(find(tx, purpose, SecretHash::of(token)).await?.is_some());
                }
                Ok::<_, DbError>(left)
            };
            assert_eq!(db.write(write).await.expect("written"), [false, true, true]);
        })
        .await;
    }

    #[tokio::test]
    async fn goes_away_unused_or_ended() {
        each_engine(async |db: &Db| {
            insert_one(db, link(1), "one").await;
            insert_one(db, link(2), "two").await;
            assert!(use_up(db, Purpose::SetUp, "one", NOW).await);
            let end = link(1).expires_at;
            let removed = db
                .write(async move |tx: &mut Tx| {
                    discard_unused(tx, Purpose::SetUp).await?;
                    assert_eq!(find(tx, Purpose::SetUp, SecretHash::of("two")).await?, None);
                    assert!(find(tx, Purpose::SetUp, SecretHash::of("one")).await?.is_some());
                    let early = prune(tx, end, 10).await?;
                    Ok::<_, DbError>((early, prune(tx, end.plus_secs(1), 10).await?))
                })
                .await;
            assert_eq!(removed.expect("written"), (0, 1));
        })
        .await;
    }
}
