//! Revocation predicates. Nothing is stored per token.

use gatehouse_core::id::RevocationId;
use gatehouse_core::oauth::revocation::{Kind, Predicate, Revocation};
use gatehouse_core::time::Timestamp;

use crate::changes::Topic;
use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "id, kind, subject, object, issued_until, expires_at, created_at";

/// Writes a revocation and tells every node.
pub async fn insert(tx: &mut Tx, revocation: &Revocation) -> Result<(), DbError> {
    let (kind, subject, object) = revocation.predicate.to_parts();
    tx.execute(
        "INSERT INTO revocations (id, kind, subject, object, issued_until, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            revocation.id,
            kind.as_str(),
            subject,
            object,
            revocation.issued_until,
            revocation.expires_at,
            revocation.created_at,
        ],
    )
    .await?;
    tx.change(Topic::Revocation, revocation.id.to_string());
    Ok(())
}

/// What speaks of tokens yet to come speaks of those up to `until` only: the right is back. Tells every node.
pub async fn close(tx: &mut Tx, predicate: &Predicate, until: Timestamp) -> Result<(), DbError> {
    let (kind, subject, object) = predicate.to_parts();
    let sql = "UPDATE revocations SET issued_until = $4 WHERE kind = $1 AND subject = $2 \
               AND COALESCE(object, '') = $3 AND issued_until > $4 RETURNING id";
    let rows = tx.query(sql, params![kind.as_str(), subject, object.unwrap_or_default(), until]).await?;
    for row in rows {
        tx.change(Topic::Revocation, row.get::<String>("id")?);
    }
    Ok(())
}

/// By id, as a change names it.
pub async fn find(tx: &mut Tx, id: RevocationId) -> Result<Option<Revocation>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM revocations WHERE id = $1");
    tx.query_opt(&sql, params![id]).await?.as_ref().map(revocation).transpose()
}

/// All that can still speak of a token.
pub async fn list_live(tx: &mut Tx, now: Timestamp) -> Result<Vec<Revocation>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM revocations WHERE expires_at > $1 ORDER BY id");
    tx.query(&sql, params![now]).await?.iter().map(revocation).collect()
}

/// Deletes up to `limit` that have expired.
pub async fn prune(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    let sql = "DELETE FROM revocations WHERE id IN \
               (SELECT id FROM revocations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, params![now, i64::from(limit)]).await
}

fn revocation(row: &Row) -> Result<Revocation, DbError> {
    let kind: Kind = row.parse("kind")?;
    let predicate = Predicate::from_parts(kind, row.get("subject")?, row.get("object")?);
    let id: RevocationId = row.parse("id")?;
    Ok(Revocation {
        id,
        predicate: predicate.ok_or_else(|| DbError::Unreadable(format!("revocation {id}: not of kind {kind}")))?,
        issued_until: row.get("issued_until")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::UserId;
    use gatehouse_core::oauth::revocation::LONGEST_ACCESS_TOKEN;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::changes;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    fn all() -> Vec<Revocation> {
        let random = SeededRandom::new(1);
        let user_id = UserId::new(NOW, &random);
        let predicates = [
            Predicate::Token { jti: "j".into() },
            Predicate::Grant { gid: "sec_x".into() },
            Predicate::Application { client_id: "c".into() },
            Predicate::ApplicationUser { client_id: "c".into(), user_id },
            Predicate::User { user_id },
            Predicate::ApplicationApi { client_id: "c".into(), audience: "https://api".into() },
        ];
        let revocations = (0_i64..).zip(predicates).map(|(second, predicate)| {
            let now = NOW.plus_secs(second);
            Revocation::new(RevocationId::new(now, &random), predicate, now)
        });
        revocations.collect()
    }

    #[tokio::test]
    async fn come_back_whole_are_told_and_expire() {
        each_engine(async |db: &Db| {
            for revocation in all() {
                db.write(async move |tx| insert(tx, &revocation).await).await.unwrap();
            }
            assert_eq!(db.read(async |tx| list_live(tx, NOW).await).await.unwrap(), all());
            let id = all()[3].id;
            assert_eq!(db.read(async move |tx| find(tx, id).await).await.unwrap(), Some(all().remove(3)));
            let told = db.read(async |tx| changes::since(tx, 0).await).await.unwrap();
            let keys: Vec<_> = told.changes.iter().map(|change| (change.topic, change.key.clone())).collect();
            assert_eq!(keys, all().iter().map(|one| (Topic::Revocation, one.id.to_string())).collect::<Vec<_>>());

            let late = all()[1].expires_at;
            assert!(late > NOW.plus(LONGEST_ACCESS_TOKEN));
            assert_eq!(db.read(async move |tx| list_live(tx, late).await).await.unwrap(), all()[2..]);
            assert_eq!(db.write(async move |tx| prune(tx, late, 1).await).await.unwrap(), 1);
            assert_eq!(db.write(async move |tx| prune(tx, late, 10).await).await.unwrap(), 1);
            assert_eq!(db.read(async move |tx| find(tx, id).await).await.unwrap(), Some(all().remove(3)));
        })
        .await;
    }

    #[tokio::test]
    async fn closing_one_lets_new_tokens_live() {
        each_engine(async |db: &Db| {
            for revocation in all() {
                db.write(async move |tx| insert(tx, &revocation).await).await.unwrap();
            }
            for one in all() {
                let (predicate, until) = (one.predicate.clone(), one.issued_until.plus_secs(-1));
                db.write(async move |tx| close(tx, &predicate, until).await).await.unwrap();
                let predicate = one.predicate.clone();
                let later = one.issued_until.plus_secs(9);
                db.write(async move |tx| close(tx, &predicate, later).await).await.unwrap();
            }
            let live = db.read(async |tx| list_live(tx, NOW).await).await.unwrap();
            assert_eq!(live.len(), all().len());
            for (closed, one) in live.into_iter().zip(all()) {
                assert_eq!(closed, Revocation { issued_until: one.issued_until.plus_secs(-1), ..one });
            }
        })
        .await;
    }
}
