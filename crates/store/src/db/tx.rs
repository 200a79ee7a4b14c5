//! A transaction as the statements see it, whichever engine carries it.

use std::sync::Arc;

use super::counters::Counters;
use super::{DbError, Row, Value, postgres, sqlite};
use crate::changes::Topic;
use crate::params;

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// The connection below.
pub(super) enum Engine {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

/// How a statement of this transaction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Running the closure again would not help.
    Lasting,
    /// Lost against another transaction.
    Conflict,
}

/// A transaction. After a failed statement it cannot go on: further statements fail, and a closure that ends well all
/// the same gets an error, for PostgreSQL has given up the transaction by then. Ask first, or use `ON CONFLICT`.
pub struct Tx {
    pub(super) engine: Engine,
    mode: Mode,
    counters: Arc<Counters>,
    changes: Vec<(Topic, String)>,
    failure: Option<Failure>,
}

impl Tx {
    pub(super) fn new(engine: Engine, mode: Mode, counters: Arc<Counters>) -> Self {
        Self { engine, mode, counters, changes: Vec::new(), failure: None }
    }

    /// All rows. Placeholders are `$1`, `$2`, … on both engines.
    pub async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.admit(params)?;
        let answer = match &mut self.engine {
            Engine::Sqlite(connection) => connection.query(sql, params),
            Engine::Postgres(connection) => connection.query(sql, params).await,
        };
        self.note(answer)
    }

    /// The only row or none; two are an error.
    pub async fn query_opt(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DbError> {
        let mut rows = self.query(sql, params).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            many => Err(DbError::Unreadable(format!("{many} rows where one was expected: {}", brief(sql)))),
        }
    }

    /// The only row; none or two are an error.
    pub async fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Row, DbError> {
        let row = self.query_opt(sql, params).await?;
        row.ok_or_else(|| DbError::Unreadable(format!("no row where one was expected: {}", brief(sql))))
    }

    /// Number of rows touched.
    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        self.admit(params)?;
        let answer = match &mut self.engine {
            Engine::Sqlite(connection) => connection.execute(sql, params),
            Engine::Postgres(connection) => connection.execute(sql, params).await,
        };
        self.note(answer)
    }

    /// Tells the data plane of every node. Appended to `changes` as the last statement of the transaction; the same
    /// change twice is one.
    pub fn change(&mut self, topic: Topic, key: impl Into<String>) {
        let change = (topic, key.into());
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Several statements without parameters, for migrations.
    pub(super) async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.admit(&[])?;
        let answer = match &mut self.engine {
            Engine::Sqlite(connection) => connection.batch(sql),
            Engine::Postgres(connection) => connection.batch(sql).await,
        };
        self.note(answer)
    }

    /// Forgets what the last run of a closure left.
    pub(super) fn reset(&mut self) {
        self.changes.clear();
        self.failure = None;
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// After a closure that ended well: appends its changes.
    ///
    /// The number comes from one counter row, which stays locked until the commit: so numbers have no gaps and are
    /// committed in their order, which neither time nor UUIDv7 can promise.
    pub(super) async fn finish(&mut self) -> Result<(), DbError> {
        if self.failure.is_some() {
            return Err(DbError::Engine("the work ended well although a statement had failed".to_owned()));
        }
        let changes = std::mem::take(&mut self.changes);
        if changes.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        let sql = "UPDATE changes_head SET seq = seq + $1 WHERE id = 1 RETURNING seq";
        let last = self.query_one(sql, params![count]).await?.get::<i64>("seq")?;
        for (seq, (topic, key)) in (last - count + 1..).zip(changes) {
            let sql = "INSERT INTO changes (seq, topic, key) VALUES ($1, $2, $3)";
            self.execute(sql, params![seq, topic.as_str(), key]).await?;
        }
        Ok(())
    }

    /// Before each statement. PostgreSQL knows no NUL in text and SQLite cuts it in some functions: refused on both.
    fn admit(&mut self, params: &[Value]) -> Result<(), DbError> {
        if self.failure.is_some() {
            return Err(DbError::Engine("a statement of this transaction has failed, it cannot go on".to_owned()));
        }
        if let Some(at) = params.iter().position(|value| matches!(value, Value::Text(text) if text.contains('\0'))) {
            self.failure = Some(Failure::Lasting);
            return Err(DbError::Engine(format!("parameter ${} holds a NUL character", at + 1)));
        }
        self.counters.add(self.mode);
        Ok(())
    }

    fn note<T>(&mut self, answer: Result<T, (DbError, Failure)>) -> Result<T, DbError> {
        answer.map_err(|(error, failure)| {
            self.failure = Some(failure);
            error
        })
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// The start of a statement, for error texts. Statements are constants, so nothing personal is in them.
pub(super) fn brief(sql: &str) -> String {
    sql.split_whitespace().take(8).collect::<Vec<_>>().join(" ")
}
