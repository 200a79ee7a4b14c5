//! Leases of background jobs: of all nodes one runs a job.

use std::time::Duration;

use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Tx};
use crate::params;

/// The lease of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who has it.
    pub owner: Option<String>,
    /// Until when; another one may take it then.
    pub until: Option<Timestamp>,
    /// When the job last began, on any node.
    pub last_started_at: Option<Timestamp>,
    /// When it last ended.
    pub last_ended_at: Option<Timestamp>,
    /// Why it last failed; `None` when it ended well.
    pub last_error: Option<String>,
}

/// The lease as it stands, `None` before the first.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<Lease>, DbError> {
    let sql = "SELECT lease_owner, lease_until, last_started_at, last_ended_at, last_error FROM jobs WHERE name = $1";
    let row = tx.query_opt(sql, params![name]).await?;
    row.map(|row| {
        Ok(Lease {
            owner: row.get("lease_owner")?,
            until: row.get("lease_until")?,
            last_started_at: row.get("last_started_at")?,
            last_ended_at: row.get("last_ended_at")?,
            last_error: row.get("last_error")?,
        })
    })
    .transpose()
}

/// Takes or prolongs the lease until `now + lease`. False: another one has it.
pub async fn acquire(tx: &mut Tx, name: &str, owner: &str, now: Timestamp, lease: Duration) -> Result<bool, DbError> {
    let sql = "INSERT INTO jobs (name, lease_owner, lease_until) VALUES ($1, $2, $3) \
               ON CONFLICT (name) DO UPDATE SET lease_owner = $2, lease_until = $3 \
               WHERE jobs.lease_owner IS NULL OR jobs.lease_owner = $2 OR jobs.lease_until <= $4";
    Ok(tx.execute(sql, params![name, owner, now.plus(lease), now]).await? == 1)
}

/// Writes down a run of `started` to `ended`. False: the lease was lost meanwhile.
pub async fn ran(
    tx: &mut Tx,
    name: &str,
    owner: &str,
    times: (Timestamp, Timestamp),
    error: Option<&str>,
) -> Result<bool, DbError> {
    let sql = "UPDATE jobs SET last_started_at = $1, last_ended_at = $2, last_error = $3 \
               WHERE name = $4 AND lease_owner = $5";
    Ok(tx.execute(sql, params![times.0, times.1, error, name, owner]).await? == 1)
}

/// Gives the lease back.
pub async fn release(tx: &mut Tx, name: &str, owner: &str) -> Result<(), DbError> {
    let sql = "UPDATE jobs SET lease_owner = NULL, lease_until = NULL WHERE name = $1 AND lease_owner = $2";
    tx.execute(sql, params![name, owner]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    const LEASE: Duration = Duration::from_secs(30);

    async fn take(db: &Db, owner: &'static str, now: Timestamp) -> bool {
        db.write(async move |tx| acquire(tx, "chain", owner, now, LEASE).await).await.unwrap()
    }

    #[tokio::test]
    async fn one_owner_at_a_time() {
        each_engine(async |db: &Db| {
            assert_eq!(db.read(async |tx| find(tx, "chain").await).await.unwrap(), None);
            assert!(take(db, "a", NOW).await);
            assert!(!take(db, "b", NOW.plus_secs(29)).await);
            assert!(take(db, "a", NOW.plus_secs(20)).await, "the owner prolongs it");
            assert!(!take(db, "b", NOW.plus_secs(49)).await);
            assert!(take(db, "b", NOW.plus_secs(50)).await, "it ended");
            assert!(!db.write(async |tx| ran(tx, "chain", "a", (NOW, NOW), None).await).await.unwrap());
            let times = (NOW, NOW.plus_secs(1));
            assert!(db.write(async move |tx| ran(tx, "chain", "b", times, Some("why")).await).await.unwrap());
            let lease = db.read(async |tx| find(tx, "chain").await).await.unwrap().unwrap();
            let expected = Lease {
                owner: Some("b".to_owned()),
                until: Some(NOW.plus_secs(80)),
                last_started_at: Some(NOW),
                last_ended_at: Some(NOW.plus_secs(1)),
                last_error: Some("why".to_owned()),
            };
            assert_eq!(lease, expected);
            db.write(async |tx| release(tx, "chain", "a").await).await.unwrap();
            assert!(!take(db, "a", NOW.plus_secs(60)).await, "only the owner releases");
            db.write(async |tx| release(tx, "chain", "b").await).await.unwrap();
            assert!(take(db, "a", NOW.plus_secs(60)).await);
        })
        .await;
    }

    #[tokio::test]
    async fn one_of_twenty_gets_it() {
        each_engine(async |db: &Db| {
            let tasks: Vec<_> = (0..20)
                .map(|number| {
                    let db = db.clone();
                    let owner = format!("node{number}");
                    tokio::spawn(async move {
                        db.write(async move |tx| acquire(tx, "chain", &owner, NOW, LEASE).await).await
                    })
                })
                .collect();
            let mut got = 0;
            for task in tasks {
                got += u32::from(task.await.unwrap().unwrap());
            }
            assert_eq!(got, 1);
        })
        .await;
    }
}
