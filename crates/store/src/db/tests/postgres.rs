//! What is particular to PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Barrier;

use crate::db::{Db, DbError, retry};
use crate::params;
use crate::testing::{TestDb, postgres_server};

const LOSE: &str = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$";

#[tokio::test]
async fn a_lost_transaction_runs_again() {
    let test = TestDb::postgres().await;
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let write = test.db.write(async move |tx| {
        tx.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", params!["a", "1"]).await?;
        if counted.fetch_add(1, Ordering::SeqCst) < 2 {
            tx.batch(LOSE).await?;
        }
        Ok::<_, DbError>(())
    });
    write.await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn whoever_keeps_losing_is_told() {
    let test = TestDb::empty_postgres().await;
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let write = test.db.write(async move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        tx.batch(LOSE).await
    });
    assert!(matches!(write.await, Err(DbError::Busy(_))));
    assert_eq!(runs.load(Ordering::SeqCst), retry::ATTEMPTS);
}

#[tokio::test]
async fn a_deadlock_resolves_itself() {
    let test = TestDb::postgres().await;
    for name in ["x", "y"] {
        let insert = "INSERT INTO settings (name, value) VALUES ($1, '0')";
        test.db.write(async move |tx| tx.execute(insert, params![name]).await).await.unwrap();
    }
    let (barrier, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let crossing = |first: &'static str, second: &'static str| {
        let (db, barrier, runs) = (test.db.clone(), Arc::clone(&barrier), Arc::clone(&runs));
        tokio::spawn(async move {
            db.write(async move |tx| {
                let update = "UPDATE settings SET value = value || '1' WHERE name = $1";
                tx.execute(update, params![first]).await?;
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    barrier.wait().await;
                }
                tx.execute(update, params![second]).await
            })
            .await
        })
    };
    let (one, other) = (crossing("x", "y"), crossing("y", "x"));
    one.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of the two ran twice");
    let rows = test.db.read(async |tx| tx.query("SELECT value FROM settings", &[]).await).await.unwrap();
    assert!(rows.iter().all(|row| row.get::<String>("value").unwrap() == "011"));
}

#[tokio::test]
async fn says_why_the_server_cannot_be_used() {
    let open = async |url: String| Db::open(&url).await.unwrap_err().to_string();
    let error = open("postgres://gatehouse:hunter2@127.0.0.1:1/gatehouse".to_owned()).await;
    assert!(error.contains("PostgreSQL at 127.0.0.1:1: ") && error.contains("refused"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let server = postgres_server();
    let (base, _) = server.rsplit_once('/').unwrap();
    let error = open(format!("{base}/no_such_database")).await;
    assert!(error.contains("database \"no_such_database\" does not exist"), "{error}");
    let (server, _) = server.split_once('?').unwrap_or((&server, ""));
    let error = open(format!("{server}?sslmode=maybe")).await;
    assert!(error.contains("sslmode is disable, prefer, require or verify-full"), "{error}");
    let error = open(format!("{server}?schema=A;B")).await;
    assert!(error.contains("a schema has"), "{error}");
    let error = open("postgres://h:port/x".to_owned()).await;
    assert!(error.contains("the address of PostgreSQL"), "{error}");
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let test = TestDb::postgres().await;
    let end = "SELECT CAST(COUNT(pg_terminate_backend(pg_backend_pid())) AS BIGINT) AS n";
    let lost = test.db.write(async move |tx| tx.query(end, &[]).await).await.unwrap_err();
    assert!(matches!(lost, DbError::Unavailable(_)), "{lost}");
    for _ in 0..4 {
        let insert = "INSERT INTO settings (name, value) VALUES ('a', '1') ON CONFLICT (name) DO NOTHING";
        test.db.write(async move |tx| tx.execute(insert, &[]).await).await.unwrap();
    }
}
