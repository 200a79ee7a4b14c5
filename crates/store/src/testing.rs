//! Databases for tests: a fresh SQLite file and a fresh PostgreSQL schema, both migrated, gone afterwards.
//!
//! Every function with SQL is tested on both engines:
//!
//! ```text
//! #[tokio::test]
//! async fn finds_what_was_inserted() {
//!     each_engine(async |db: &Db| {
//!         db.write(async |tx| servers::insert(tx, &server()).await).await.unwrap();
//!         let found = db.read(async |tx| servers::list(tx).await).await.unwrap();
//!         assert_eq!(found, [server()]);
//!     })
//!     .await;
//! }
//! ```
//!
//! A test of the whole application takes one of them: `let test = TestDb::sqlite().await;` (or `postgres()`), uses
//! `test.db` and `test.url`, and keeps `test` alive until it ends. Other crates switch the feature `testing` on in their
//! `[dev-dependencies]`. PostgreSQL is found through `GATEHOUSE_TEST_POSTGRES`, an address whose user may make schemas.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use gatehouse_core::time::Timestamp;

use crate::db::{Db, DbError};

/// 22 November 2026, 11:05 UTC.
pub const NOW: Timestamp = Timestamp::from_secs(1_795_345_500);

/// A database of its own.
#[derive(Debug)]
pub struct TestDb {
    /// Open and migrated.
    pub db: Db,
    /// Opens the same database once more.
    pub url: String,
    _end: End,
}

/// What goes away with the test.
#[derive(Debug)]
enum End {
    Folder(#[expect(dead_code, reason = "held for its drop")] tempfile::TempDir),
    Schema { server: String, name: String },
}

/// Runs a test on SQLite and then on PostgreSQL.
pub async fn each_engine(test: impl AsyncFn(&Db)) {
    let failing = Failing("sqlite");
    test(&TestDb::sqlite().await.db).await;
    drop(failing);
    let _failing = Failing("postgres");
    test(&TestDb::postgres().await.db).await;
}

impl TestDb {
    /// A SQLite file, in memory where the machine has such a folder.
    pub async fn sqlite() -> Self {
        let test = Self::empty_sqlite().await;
        test.db.migrate(NOW).await.expect("the schema is made");
        test
    }

    /// A schema in the PostgreSQL of `GATEHOUSE_TEST_POSTGRES`.
    pub async fn postgres() -> Self {
        let test = Self::empty_postgres().await;
        test.db.migrate(NOW).await.expect("the schema is made");
        test
    }

    /// Not migrated.
    pub async fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder is made");
        let url = format!("sqlite:{}", folder.path().join("gatehouse.db").display());
        Self { db: Db::open(&url).await.expect("the file opens"), url, _end: End::Folder(folder) }
    }

    /// Not migrated.
    pub async fn empty_postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = postgres_server();
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        admin(&server, &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).await;
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{mark}schema={name}");
        let db = Db::open(&url).await.expect("the schema opens");
        Self { db, url, _end: End::Schema { server, name } }
    }
}

/// Makes the database look like one that a later program has migrated.
pub async fn make_newer(url: &str) {
    let db = Db::open(url).await.expect("it opens");
    let sql = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (9999, 'later', '', 0)";
    let written: Result<u64, DbError> = db.write(async move |tx| tx.execute(sql, &[]).await).await;
    assert_eq!(written.expect("a row is written"), 1);
    db.close().await;
}

/// Takes a table out of sight: whatever reads it fails until it is [`shown`] again. Both engines let rows that refer to
/// it be.
pub async fn hide(db: &Db, table: &'static str) {
    rename(db, format!("ALTER TABLE {table} RENAME TO hidden_{table}")).await;
}

/// Ends [`hide`].
pub async fn shown(db: &Db, table: &'static str) {
    rename(db, format!("ALTER TABLE hidden_{table} RENAME TO {table}")).await;
}

async fn rename(db: &Db, sql: String) {
    let renamed: Result<u64, DbError> = db.write(async move |tx| tx.execute(&sql, &[]).await).await;
    renamed.expect("the table is renamed");
}

/// A change of a kind that only a later program knows, as one writes it that runs beside this one.
pub async fn write_unknown_change(db: &Db) {
    let counted = "UPDATE changes_head SET seq = seq + 1 RETURNING seq";
    let sql = "INSERT INTO changes (seq, topic, key) VALUES ($1, 'of_a_later_program', 'k')";
    let written: Result<u64, DbError> = db
        .write(async move |tx| {
            let seq: i64 = tx.query_one(counted, &[]).await?.get("seq")?;
            tx.execute(sql, crate::params![seq]).await
        })
        .await;
    assert_eq!(written.expect("a row is written"), 1);
}

/// Every row of some tables as text, to look for what must not be there.
pub async fn dump(db: &Db, tables: &'static [&'static str]) -> String {
    let mut out = String::new();
    for table in tables {
        let sql = format!("SELECT * FROM {table}");
        let rows = db.read(async move |tx| tx.query(&sql, &[]).await).await.expect("the table is there");
        out.push_str(&format!("{table}: {rows:?}\n"));
    }
    out
}

/// The address in `GATEHOUSE_TEST_POSTGRES`.
pub fn postgres_server() -> String {
    std::env::var("GATEHOUSE_TEST_POSTGRES").expect("set GATEHOUSE_TEST_POSTGRES or run `cargo xtask test`")
}

impl Drop for End {
    fn drop(&mut self) {
        if let Self::Schema { server, name } = self {
            let (server, sql) = (std::mem::take(server), format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
            let dropped = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime starts").block_on(admin(&server, &sql));
            });
            drop(dropped.join());
        }
    }
}

async fn admin(server: &str, sql: &str) {
    let (client, connection) =
        tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("GATEHOUSE_TEST_POSTGRES answers");
    let driver = tokio::spawn(connection);
    client.batch_execute(sql).await.expect("schemas can be made and dropped");
    drop(client);
    drop(driver.await);
}

/// Says on which engine a test failed.
struct Failing(&'static str);

impl Drop for Failing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(writeln!(std::io::stderr(), "the engine was {}", self.0));
        }
    }
}
