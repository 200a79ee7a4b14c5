//! The two engines behind one face. Nothing outside this folder knows that there are two.

pub mod row;
pub mod value;

use std::time::Duration;

use gatehouse_core::time::Timestamp;

use crate::changes::Topic;
pub use row::{FromValue, Row};
pub use value::Value;

/// What can go wrong below the statements.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached, opened or written.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A unique or foreign key refused the row; carries the constraint or index as the engine names it.
    #[error("constraint {0}")]
    Constraint(String),
    /// A transaction lost against another one and was tried again too often, or took longer than its limit.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A row that cannot be read back; names table or statement, column and id.
    #[error("unreadable row: {0}")]
    Unreadable(String),
    /// The schema is newer than this program.
    #[error("the database is of version {found}, this program knows up to {known}: start a newer Gatehouse")]
    NewerSchema {
        /// Version found in the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// Anything else the engine says.
    #[error("database: {0}")]
    Engine(String),
}

/// A database: SQLite file or PostgreSQL. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {}

/// Statements executed since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementCounts {
    /// Statements in `read`.
    pub reads: u64,
    /// Statements in `write`.
    pub writes: u64,
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`; does not migrate.
    pub async fn open(_url: &str) -> Result<Self, DbError> {
        unimplemented!()
    }

    /// Brings the schema to this program's version. Returns the names of the migrations that it ran.
    pub async fn migrate(&self, _now: Timestamp) -> Result<Vec<String>, DbError> {
        unimplemented!()
    }

    /// Runs `work` in a transaction that commits durably or not at all. It may run again, so it has no other effect.
    pub async fn write<T, E, F>(&self, _work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        unimplemented!()
    }

    /// `write` with another limit than the usual 10 seconds, for imports and migrations.
    pub async fn write_within<T, E, F>(&self, _limit: Duration, _work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        unimplemented!()
    }

    /// Runs `work` on a consistent view; never waits for the writer.
    pub async fn read<T, E, F>(&self, _work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        unimplemented!()
    }

    /// Statements since the start.
    pub fn statements(&self) -> StatementCounts {
        unimplemented!()
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        unimplemented!()
    }
}

/// A transaction.
#[derive(Debug)]
pub struct Tx {}

impl Tx {
    /// All rows. Placeholders are `$1`, `$2`, … on both engines.
    pub async fn query(&mut self, _sql: &str, _params: &[Value]) -> Result<Vec<Row>, DbError> {
        unimplemented!()
    }

    /// The only row or none; two are an error.
    pub async fn query_opt(&mut self, _sql: &str, _params: &[Value]) -> Result<Option<Row>, DbError> {
        unimplemented!()
    }

    /// The only row; none or two are an error.
    pub async fn query_one(&mut self, _sql: &str, _params: &[Value]) -> Result<Row, DbError> {
        unimplemented!()
    }

    /// Number of rows touched.
    pub async fn execute(&mut self, _sql: &str, _params: &[Value]) -> Result<u64, DbError> {
        unimplemented!()
    }

    /// Tells the data plane of every node. Appended to `changes` as the last statement of the transaction.
    pub fn change(&mut self, _topic: Topic, _key: impl Into<String>) {
        unimplemented!()
    }
}
