//! The two engines behind one face. Nothing outside this folder knows that there are two.

mod counters;
mod error;
mod job;
mod migrate;
mod postgres;
mod queue;
mod retry;
pub mod row;
mod sqlite;
mod tx;
pub mod value;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::time::Timestamp;

use counters::Counters;
use tx::Mode;

pub use counters::StatementCounts;
pub use error::DbError;
pub use row::{FromValue, Row};
pub use tx::Tx;
pub use value::Value;

/// How long a transaction may take unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(10);

/// A database: SQLite file or PostgreSQL. Cheap to clone; closed when the last clone is dropped.
#[derive(Clone)]
pub struct Db {
    store: Arc<Store>,
    counters: Arc<Counters>,
}

enum Store {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…` (with `?sslmode=disable|prefer|require|verify-full`, `sslrootcert=FILE`
    /// and `schema=NAME`); does not migrate.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        let counters = Arc::new(Counters::default());
        let store = if let Some(path) = url.strip_prefix("sqlite:") {
            let (path, counters) = (PathBuf::from(path), Arc::clone(&counters));
            Store::Sqlite(blocking(move || sqlite::Sqlite::open(&path, &counters)).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Store::Postgres(postgres::Postgres::open(url, &counters).await?)
        } else {
            return Err(DbError::Unavailable("a database address starts with `sqlite:` or `postgres://`".to_owned()));
        };
        Ok(Self { store: Arc::new(store), counters })
    }

    /// Brings the schema to this program's version. Returns the names of the migrations that it ran.
    pub async fn migrate(&self, now: Timestamp) -> Result<Vec<String>, DbError> {
        migrate::run(self, now).await
    }

    /// Runs `work` in a transaction that commits durably or not at all. It may run again, so it has no other effect.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.run(Mode::Write, LIMIT, work).await
    }

    /// `write` with another limit than the usual 10 seconds, for imports and migrations.
    pub async fn write_within<T, E, F>(&self, limit: Duration, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.run(Mode::Write, limit, work).await
    }

    /// Runs `work` on a consistent view; never waits for the writer.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.run(Mode::Read, LIMIT, work).await
    }

    /// Statements since the start.
    pub fn statements(&self) -> StatementCounts {
        self.counters.now()
    }

    /// Waits for what is under way and closes every connection. What comes later is refused.
    pub async fn close(&self) {
        let store = Arc::clone(&self.store);
        let closed = blocking(move || {
            match &*store {
                Store::Sqlite(sqlite) => sqlite.close(),
                Store::Postgres(postgres) => postgres.close(),
            }
            Ok(())
        });
        if let Err(error) = closed.await {
            tracing::error!(%error, "db.close_failed");
        }
    }

    async fn run<T, E, F>(&self, mode: Mode, limit: Duration, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (job, answer) = job::job(limit, work);
        match &*self.store {
            Store::Sqlite(sqlite) => sqlite.push(mode, job),
            Store::Postgres(postgres) => postgres.push(mode, job),
        }
        answer.await.unwrap_or_else(|_| Err(DbError::Unavailable("its thread has ended".to_owned()).into()))
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let engine = match &*self.store {
            Store::Sqlite(_) => "sqlite",
            Store::Postgres(_) => "postgres",
        };
        f.debug_struct("Db").field("engine", &engine).finish_non_exhaustive()
    }
}

/// Work that blocks, away from the threads that serve requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, DbError> + Send + 'static) -> Result<T, DbError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(DbError::Engine(format!("a blocking task ended: {error}"))))
}

#[cfg(test)]
mod tests;
