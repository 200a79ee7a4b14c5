//! Table `notifications`: what the portal tells a user.

use gatehouse_core::id::{NotificationId, UserId};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A message of the portal to one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// Which mail text it stands for, such as `request_approved`.
    pub kind: String,
    /// One line.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// A path of the portal.
    pub link: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the user saw it.
    pub read_at: Option<Timestamp>,
}

/// A new message.
pub async fn insert(tx: &mut Tx, notification: &Notification) -> Result<(), DbError> {
    let sql = "INSERT INTO notifications (id, user_id, kind, title, body, link, created_at, read_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        notification.id,
        notification.user_id,
        &notification.kind,
        &notification.title,
        &notification.body,
        notification.link.as_ref(),
        notification.created_at,
        notification.read_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// The newest `limit` messages of a user, the newest first.
pub async fn newest(tx: &mut Tx, user: UserId, limit: i64) -> Result<Vec<Notification>, DbError> {
    let sql = "SELECT * FROM notifications WHERE user_id = $1 ORDER BY id DESC LIMIT $2";
    tx.query(sql, params![user, limit]).await?.iter().map(from_row).collect()
}

/// How many messages a user has not seen, by the part of the portal that they lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// `/applications/…`
    pub applications: i64,
    /// `/requests/…`
    pub requests: i64,
    /// `/review/…`
    pub review: i64,
}

/// How many messages a user has not seen. One that leads to no part of the portal is not counted.
pub async fn count_unread(tx: &mut Tx, user: UserId) -> Result<Unread, DbError> {
    let leads = |place: &str| {
        format!("CAST(COALESCE(SUM(CASE WHEN link LIKE '/{place}/%' THEN 1 ELSE 0 END), 0) AS BIGINT) AS {place}")
    };
    let sql = format!(
        "SELECT {}, {}, {} FROM notifications WHERE user_id = $1 AND read_at IS NULL",
        leads("applications"),
        leads("requests"),
        leads("review"),
    );
    let row = tx.query_one(&sql, params![user]).await?;
    Ok(Unread { applications: row.get("applications")?, requests: row.get("requests")?, review: row.get("review")? })
}

/// The user has seen everything that was written until now. Returns how many messages were new.
pub async fn mark_read(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<u64, DbError> {
    let sql = "UPDATE notifications SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL AND created_at <= $2";
    tx.execute(sql, params![user, now]).await
}

/// How far a look reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One page.
    Page,
    /// It and every page below it.
    Below,
}

/// The user has seen what the messages until now tell of that lead to `link`. Returns how many were new.
pub async fn mark_read_of(
    tx: &mut Tx,
    user: UserId,
    (link, reach): (&str, Reach),
    now: Timestamp,
) -> Result<u64, DbError> {
    let sql = "UPDATE notifications SET read_at = $3
               WHERE user_id = $1 AND (link = $2 OR ($4 = 1 AND link LIKE CAST($2 AS TEXT) || '/%'))
                 AND read_at IS NULL AND created_at <= $3";
    tx.execute(sql, params![user, link, now, i64::from(reach == Reach::Below)]).await
}

/// Deletes up to `limit` messages written before `until`. Returns how many.
pub async fn prune(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM notifications
               WHERE id IN (SELECT id FROM notifications WHERE created_at < $1 ORDER BY id LIMIT $2)";
    tx.execute(sql, params![until, i64::from(limit)]).await
}

fn from_row(row: &Row) -> Result<Notification, DbError> {
    Ok(Notification {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        kind: row.get("kind")?,
        title: row.get("title")?,
        body: row.get("body")?,
        link: row.get("link")?,
        created_at: row.get("created_at")?,
        read_at: row.get("read_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    #[tokio::test]
    async fn is_read_once() {
        each_engine(async |db: &Db| {
            let random = SeededRandom::new(1);
            let user = UserId::new(NOW, &random);
            let new = |at: Timestamp, link: Option<&str>| Notification {
                id: NotificationId::new(at, &random),
                user_id: user,
                kind: "request_approved".to_owned(),
                title: "T".to_owned(),
                body: "B".to_owned(),
                link: link.map(str::to_owned),
                created_at: at,
                read_at: None,
            };
            let (first, second) = (new(NOW, None), new(NOW.plus_secs(5), Some("/requests/R-1")));
            let others = [new(NOW, Some("/review/R-2")), new(NOW, Some("/applications/app_1/secrets"))];
            let write = async move |tx: &mut Tx| {
                let sql = "INSERT INTO users (id, email, name, role, state, time_zone, created_at, updated_at, version)
                           VALUES ($1, 'u@example.com', 'U', 'developer', 'active', 'UTC', 0, 0, 1)";
                tx.execute(sql, params![user]).await?;
                insert(tx, &first).await?;
                insert(tx, &second).await?;
                assert_eq!(newest(tx, user, 10).await?, [second.clone(), first.clone()]);
                assert_eq!(newest(tx, user, 1).await?.len(), 1);
                assert_eq!(count_unread(tx, user).await?, Unread { requests: 1, ..Unread::default() });
                for other in &others {
                    insert(tx, other).await?;
                }
                assert_eq!(count_unread(tx, user).await?, Unread { applications: 1, requests: 1, review: 1 });
                assert_eq!(mark_read_of(tx, user, ("/review", Reach::Below), NOW).await?, 1, "every page below it");
                assert_eq!(
                    mark_read_of(tx, user, ("/applications/app_1", Reach::Page), NOW).await?,
                    0,
                    "not that page"
                );
                assert_eq!(mark_read_of(tx, user, ("/applications/app_1", Reach::Below), NOW).await?, 1);
                assert_eq!(
                    mark_read_of(tx, user, ("/requests/R", Reach::Below), NOW.plus_secs(5)).await?,
                    0,
                    "another word"
                );
                assert_eq!(count_unread(tx, user).await?, Unread { requests: 1, ..Unread::default() });
                assert_eq!(mark_read_of(tx, user, ("/requests/R-2", Reach::Below), NOW.plus_secs(5)).await?, 0);
                assert_eq!(
                    mark_read_of(tx, user, ("/requests/R-1", Reach::Below), NOW.plus_secs(4)).await?,
                    0,
                    "it came later"
                );
                assert_eq!(mark_read(tx, user, NOW).await?, 1, "what came later was not seen");
                assert_eq!(mark_read(tx, user, NOW.plus_secs(9)).await?, 1);
                assert_eq!(count_unread(tx, user).await?, Unread::default());
                assert_eq!(newest(tx, user, 1).await?[0].read_at, Some(NOW.plus_secs(9)));
                assert_eq!(prune(tx, NOW.plus_secs(1), 10).await?, 3);
                Ok::<_, DbError>(())
            };
            db.write(write).await.unwrap();
        })
        .await;
    }
}
