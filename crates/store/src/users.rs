//! Table `users`. A deleted user is gone for every function here; the row only keeps the id from being used again.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::password::PasswordHash;
use gatehouse_core::identity::user::{User, UserState};

use crate::db::{DbError, Row, Tx};
use crate::params;

const DELETED_NAME: &str = "Deleted user";

/// What [`insert`] and [`save`] fail with when another user has the address: ask `DbError::is_constraint`.
pub const EMAIL_TAKEN: &str = "users.email_key";

/// A new user.
pub async fn insert(tx: &mut Tx, user: &User, password: Option<&PasswordHash>) -> Result<(), DbError> {
    let sql = "INSERT INTO users (id, email, email_key, email_verified_at, name, role, state, password_hash, time_zone,
                   created_at, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let params = params![
        user.id,
        user.email.as_typed(),
        user.email.key(),
        user.email_verified_at,
        &user.name,
        user.role.as_str(),
        user.state.as_str(),
        password.map(PasswordHash::as_str),
        &user.time_zone,
        user.created_at,
        user.updated_at,
        user.version
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    let sql =
        "SELECT id, email, email_key, email_verified_at, name, role, state, time_zone, created_at, updated_at, version
               FROM users WHERE id = $1 AND state <> 'deleted'";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// By address, however it is typed.
pub async fn find_by_email(tx: &mut Tx, email: &Email) -> Result<Option<User>, DbError> {
    let sql =
        "SELECT id, email, email_key, email_verified_at, name, role, state, time_zone, created_at, updated_at, version
               FROM users WHERE email_key = $1 AND state <> 'deleted'";
    tx.query_opt(sql, params![email.key()]).await?.as_ref().map(from_row).transpose()
}

/// In order of id, `limit` rows after `after` (empty: from the start).
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<User>, DbError> {
    let sql =
        "SELECT id, email, email_key, email_verified_at, name, role, state, time_zone, created_at, updated_at, version
               FROM users WHERE id > $1 AND state <> 'deleted' ORDER BY id LIMIT $2";
    tx.query(sql, params![after, limit]).await?.iter().map(from_row).collect()
}

/// Writes what a function of `core` made of a user. `false` when somebody else changed the user since it was read.
/// Deleting takes the personal fields along and frees the address.
pub async fn save(tx: &mut Tx, user: &User) -> Result<bool, DbError> {
    let deleted = user.state == UserState::Deleted;
    let sql = "UPDATE users SET email = $3, email_key = $4, email_verified_at = $5, name = $6, role = $7, state = $8,
                   time_zone = $9, updated_at = $10, version = $11,
                   password_hash = CASE WHEN $8 = 'deleted' THEN NULL ELSE password_hash END,
                   profile = CASE WHEN $8 = 'deleted' THEN '{}' ELSE profile END
               WHERE id = $1 AND version = $2 AND state <> 'deleted'";
    let params = params![
        user.id,
        user.version - 1,
        if deleted { "" } else { user.email.as_typed() },
        (!deleted).then_some(user.email.key()),
        user.email_verified_at,
        if deleted { DELETED_NAME } else { &user.name },
        user.role.as_str(),
        user.state.as_str(),
        &user.time_zone,
        user.updated_at,
        user.version
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

/// The hash to verify a password with; `None` for a user who has none.
pub async fn password_hash(tx: &mut Tx, id: UserId) -> Result<Option<PasswordHash>, DbError> {
    let sql = "SELECT password_hash FROM users WHERE id = $1 AND state <> 'deleted'";
    let Some(row) = tx.query_opt(sql, params![id]).await? else { return Ok(None) };
    Ok(row.get::<Option<String>>("password_hash")?.map(PasswordHash::from_stored))
}

/// `false` when there is no such user.
pub async fn set_password(tx: &mut Tx, id: UserId, password: &PasswordHash) -> Result<bool, DbError> {
    let sql = "UPDATE users SET password_hash = $2 WHERE id = $1 AND state <> 'deleted'";
    Ok(tx.execute(sql, params![id, password.as_str()]).await? == 1)
}

/// Up to `limit` active users who may review, in order of name.
pub async fn reviewers(tx: &mut Tx, limit: i64) -> Result<Vec<User>, DbError> {
    let sql =
        "SELECT id, email, email_key, email_verified_at, name, role, state, time_zone, created_at, updated_at, version
               FROM users WHERE role IN ('reviewer', 'admin') AND state = 'active' ORDER BY name, id LIMIT $1";
    tx.query(sql, params![limit]).await?.iter().map(from_row).collect()
}

/// How many users can operate the installation.
pub async fn count_active_admins(tx: &mut Tx) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) AS admins FROM users WHERE role = 'admin' AND state = 'active'";
    tx.query_one(sql, params![]).await?.get("admins")
}

fn from_row(row: &Row) -> Result<User, DbError> {
    Ok(User {
        id: row.parse("id")?,
        email: Email::from_stored(row.get("email")?, row.get("email_key")?),
        email_verified_at: row.get("email_verified_at")?,
        name: row.get("name")?,
        role: row.parse("role")?,
        state: row.parse("state")?,
        time_zone: row.get("time_zone")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_core::identity::user::Role;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    /// A verified developer.
    pub(crate) fn user(email: &str, seed: u64) -> User {
        User {
            id: UserId::new(NOW, &SeededRandom::new(seed)),
            email: Email::parse(email).expect("an address"),
            email_verified_at: Some(NOW),
            name: "Ann".to_owned(),
            role: Role::Developer,
            state: UserState::Active,
            time_zone: "Etc/UTC".to_owned(),
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    async fn add(db: &Db, user: &User) -> Result<(), DbError> {
        let user = user.clone();
        let hash = PasswordHash::from_stored("$x".to_owned());
        db.write(async move |tx: &mut Tx| insert(tx, &user, Some(&hash)).await).await
    }

    #[tokio::test]
    async fn finds_by_id_and_by_any_spelling_of_the_address() {
        each_engine(async |db: &Db| {
            let ann = user("Ann@Example.com", 1);
            add(db, &ann).await.expect("written");
            let (id, email) = (ann.id, Email::parse("ANN@example.COM").expect("an address"));
            let found = db
                .read(async move |tx: &mut Tx| {
                    let hash = password_hash(tx, id).await?;
                    assert_eq!(hash.as_ref().map(PasswordHash::as_str), Some("$x"));
                    Ok::<_, DbError>((find(tx, id).await?, find_by_email(tx, &email).await?, list(tx, "", 5).await?))
                })
                .await
                .expect("read");
            assert_eq!(found, (Some(ann.clone()), Some(ann.clone()), vec![ann.clone()]));
            let twice = add(db, &user("ann@EXAMPLE.com", 2)).await.expect_err("taken");
            assert!(twice.is_constraint(EMAIL_TAKEN), "{twice}");
        })
        .await;
    }

    #[tokio::test]
    async fn saves_over_the_version_that_was_read() {
        each_engine(async |db: &Db| {
            let ann = user("ann@example.com", 1);
            add(db, &ann).await.expect("written");
            let (one, other) = (ann.with_role(Role::Admin, NOW), ann.disable(NOW).expect("active"));
            let (id, expected) = (ann.id, one.clone());
            let seen = db
                .write(async move |tx: &mut Tx| {
                    let saved = (save(tx, &one).await?, save(tx, &other).await?);
                    assert!(set_password(tx, id, &PasswordHash::from_stored("$y".to_owned())).await?);
                    assert_eq!(password_hash(tx, id).await?, Some(PasswordHash::from_stored("$y".to_owned())));
                    Ok::<_, DbError>((saved, find(tx, id).await?, count_active_admins(tx).await?))
                })
                .await
                .expect("written");
            assert_eq!(seen, ((true, false), Some(expected), 1));
        })
        .await;
    }

    #[tokio::test]
    async fn reviewers_are_those_who_can_review_now() {
        each_engine(async |db: &Db| {
            let people = [("dev@x.example", 1), ("rev@x.example", 2), ("adm@x.example", 3), ("off@x.example", 4)]
                .map(|(email, seed)| user(email, seed));
            for person in &people {
                add(db, person).await.expect("written");
            }
            let found = db
                .write(async move |tx: &mut Tx| {
                    let [_, reviewer, admin, off] = &people;
                    let reviewer = User { name: "Zoe".to_owned(), ..reviewer.with_role(Role::Reviewer, NOW) };
                    let admin = admin.with_role(Role::Admin, NOW);
                    let off = off.with_role(Role::Reviewer, NOW);
                    for changed in [&reviewer, &admin, &off, &off.disable(NOW).expect("active")] {
                        assert!(save(tx, changed).await?);
                    }
                    assert_eq!(reviewers(tx, 1).await?, std::slice::from_ref(&admin));
                    Ok::<_, DbError>(reviewers(tx, 9).await? == [admin, reviewer])
                })
                .await
                .expect("written");
            assert!(found);
        })
        .await;
    }

    #[tokio::test]
    async fn a_deleted_user_leaves_the_address_and_nothing_else() {
        each_engine(async |db: &Db| {
            let ann = user("ann@example.com", 1);
            add(db, &ann).await.expect("written");
            let (id, deleted) = (ann.id, ann.delete(NOW).expect("active"));
            let row = db
                .write(async move |tx: &mut Tx| {
                    assert!(save(tx, &deleted).await?);
                    assert_eq!(find(tx, id).await?, None);
                    assert_eq!(password_hash(tx, id).await?, None);
                    assert!(!set_password(tx, id, &PasswordHash::from_stored("$y".to_owned())).await?);
                    assert_eq!(list(tx, "", 5).await?, []);
                    tx.query_one("SELECT id, email, name, password_hash FROM users WHERE id = $1", params![id]).await
                })
                .await
                .expect("written");
            let personal: (String, String) = (row.get("email").expect("text"), row.get("name").expect("text"));
            assert_eq!(personal, (String::new(), DELETED_NAME.to_owned()));
            assert_eq!(row.get::<Option<String>>("password_hash").expect("NULL"), None);
            add(db, &user("ann@example.com", 2)).await.expect("the address is free again");
        })
        .await;
    }
}
