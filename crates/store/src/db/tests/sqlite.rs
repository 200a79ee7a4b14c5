//! What is particular to the SQLite file.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::db::{Db, DbError, Tx};
use crate::params;
use crate::testing::{NOW, TestDb};

async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<u64, DbError> {
    tx.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", params![name, value]).await
}

async fn count(db: &Db) -> i64 {
    db.read(async |tx| tx.query_one("SELECT COUNT(*) AS n FROM settings", &[]).await?.get::<i64>("n")).await.unwrap()
}

#[tokio::test]
async fn files_are_their_owners_alone() {
    let test = TestDb::sqlite().await;
    let path = test.url.strip_prefix("sqlite:").unwrap();
    for name in [path.to_owned(), format!("{path}-wal"), format!("{path}-shm")] {
        let mode = std::fs::metadata(&name).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[tokio::test]
async fn says_what_is_wrong_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "This is a text and not a database at all. ".repeat(50)).unwrap();
    let error = Db::open(&format!("sqlite:{}", file.display())).await.unwrap_err().to_string();
    assert!(error.contains("notes.txt: the file is not a SQLite database"), "{error}");
    let error = Db::open(&format!("sqlite:{}/x.db", file.display())).await.unwrap_err().to_string();
    assert!(error.contains("must exist and be writable"), "{error}");
    let error = Db::open("mysql://localhost").await.unwrap_err().to_string();
    assert!(error.contains("starts with `sqlite:` or `postgres://`"), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_said_and_survived() {
    let test = TestDb::sqlite().await;
    test.db.write(async |tx| tx.query("PRAGMA max_page_count = 200", &[]).await).await.unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let db = test.db.clone();
            tokio::spawn(async move {
                db.write(async move |tx| set(tx, &format!("n{number}"), &"x".repeat(40_000)).await).await
            })
        })
        .collect();
    let mut kept = 0;
    let mut refused = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => kept += 1,
            Err(error) => refused.push(error.to_string()),
        }
    }
    assert!(refused.iter().any(|error| error.contains("the disk is full")), "{refused:?}");
    assert_eq!(count(&test.db).await, kept);
    test.db.write(async |tx| set(tx, "after", "small").await).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_is_stopped_does_not_undo_its_neighbours() {
    let test = TestDb::sqlite().await;
    let mut tasks = Vec::new();
    for number in 0..20 {
        let db = test.db.clone();
        tasks.push(tokio::spawn(
            async move { db.write(async move |tx| set(tx, &format!("n{number}"), "1").await).await },
        ));
    }
    // SQLite gives up the whole transaction when it stops a statement that writes.
    let sql = "INSERT INTO settings (name, value) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
               SELECT 'x' || x, 'y' FROM n";
    let long = test.db.write_within(Duration::from_millis(50), async move |tx| tx.execute(sql, &[]).await);
    assert!(matches!(long.await, Err(DbError::Busy(_))));
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&test.db).await, 20);
}

#[tokio::test]
async fn a_read_does_not_wait_for_a_write() {
    let test = TestDb::sqlite().await;
    let (inside, entered) = tokio::sync::oneshot::channel();
    let (let_go, released) = tokio::sync::oneshot::channel::<()>();
    let cells = (std::sync::Mutex::new(Some(inside)), tokio::sync::Mutex::new(released));
    let cells = std::sync::Arc::new(cells);
    let db = test.db.clone();
    let writer = tokio::spawn(async move {
        db.write(async move |tx| {
            set(tx, "a", "1").await?;
            cells.0.lock().unwrap().take().unwrap().send(()).unwrap();
            (&mut *cells.1.lock().await).await.unwrap();
            Ok::<_, DbError>(())
        })
        .await
    });
    entered.await.unwrap();
    assert_eq!(count(&test.db).await, 0);
    let_go.send(()).unwrap();
    writer.await.unwrap().unwrap();
    assert_eq!(count(&test.db).await, 1);
}

#[tokio::test]
async fn two_openers_of_one_file_share_it() {
    let test = TestDb::sqlite().await;
    let other = Db::open(&test.url).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..40 {
        let db = if number % 2 == 0 { test.db.clone() } else { other.clone() };
        tasks.push(tokio::spawn(
            async move { db.write(async move |tx| set(tx, &format!("n{number}"), "1").await).await },
        ));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&other).await, 40);
    assert_eq!(other.migrate(NOW).await.unwrap(), Vec::<String>::new());
}

/// Each write waits for the lock as long as one may, and no longer: ten of them behind each other would keep the last
/// caller for minutes.
#[tokio::test]
async fn behind_a_foreign_lock_nobody_waits_in_turn() {
    let test = TestDb::sqlite().await;
    let foreign = rusqlite::Connection::open(test.url.strip_prefix("sqlite:").unwrap()).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..10 {
        let db = test.db.clone();
        tasks.spawn(async move { db.write(async move |tx| set(tx, &format!("n{number}"), "1").await).await });
    }
    let mut waited = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        let error = ended.unwrap().unwrap_err();
        assert!(matches!(error, DbError::Busy(_)), "{error}");
        waited.push(began.elapsed());
    }
    // One in turn would be ten times the first one's time.
    assert!(waited[9] < waited[0] * 4, "{waited:?}");
    assert_eq!(count(&test.db).await, 0);
    foreign.execute_batch("COMMIT").unwrap();
    test.db.write(async |tx| set(tx, "after", "1").await).await.unwrap();
}
