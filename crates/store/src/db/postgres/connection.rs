//! One connection with an open transaction.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Object;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::super::tx::{Failure, Mode, brief};
use super::super::{LIMIT, Row, Value};
use super::value::{Cell, Parameter};
use super::{DbError, error};

pub(super) type Answer<T> = Result<T, (DbError, Failure)>;

/// A connection of the pool between BEGIN and COMMIT. Dropped before its end it is closed, not given back: nobody may
/// find the rest of somebody else's transaction in it.
pub(in crate::db) struct Connection {
    client: Option<Object>,
}

impl Connection {
    pub(super) async fn begin(client: Object, mode: Mode, limit: Duration) -> Answer<Self> {
        let connection = Self { client: Some(client) };
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        if limit == LIMIT {
            connection.control(begin).await?;
        } else {
            let millis = limit.as_millis().clamp(1, 1_000_000_000);
            connection.control(&format!("{begin}; SET LOCAL statement_timeout = {millis}")).await?;
        }
        Ok(connection)
    }

    pub(super) async fn commit(mut self) -> Answer<()> {
        self.control("COMMIT").await?;
        self.client = self.client.take().and_then(give_back);
        Ok(())
    }

    pub(super) async fn roll_back(mut self) {
        if self.control("ROLLBACK").await.is_ok() {
            self.client = self.client.take().and_then(give_back);
        }
    }

    async fn control(&self, sql: &str) -> Answer<()> {
        self.client()?.batch_execute(sql).await.map_err(|error| error::describe(&error, sql))
    }

    pub(in crate::db) async fn batch(&mut self, sql: &str) -> Answer<()> {
        self.control(sql).await
    }

    pub(in crate::db) async fn execute(&mut self, sql: &str, params: &[Value]) -> Answer<u64> {
        let statement = self.prepare(sql).await?;
        let params: Vec<Parameter<'_>> = params.iter().map(Parameter).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        self.client()?.execute(&statement, &params).await.map_err(|error| error::describe(&error, sql))
    }

    pub(in crate::db) async fn query(&mut self, sql: &str, params: &[Value]) -> Answer<Vec<Row>> {
        let statement = self.prepare(sql).await?;
        let params: Vec<Parameter<'_>> = params.iter().map(Parameter).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        let rows = self.client()?.query(&statement, &params).await.map_err(|error| error::describe(&error, sql))?;
        let columns: Arc<[String]> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let decode = |row: &tokio_postgres::Row| {
            let mut values = Vec::with_capacity(columns.len());
            for (at, column) in columns.iter().enumerate() {
                let cell = row.try_get::<_, Cell>(at).map_err(|error| {
                    let text = format!("{}, column {column}: {}", brief(sql), error::with_cause(&error));
                    (DbError::Unreadable(text), Failure::Lasting)
                })?;
                values.push(cell.0);
            }
            Ok(Row::new(Arc::clone(&columns), values))
        };
        rows.iter().map(decode).collect()
    }

    /// Prepared once per connection and text.
    async fn prepare(&self, sql: &str) -> Answer<Statement> {
        self.client()?.prepare_cached(sql).await.map_err(|error| error::describe(&error, sql))
    }

    fn client(&self) -> Answer<&Object> {
        let gone = || (DbError::Engine("the transaction has ended".to_owned()), Failure::Lasting);
        self.client.as_ref().ok_or_else(gone)
    }
}

/// Dropping it returns it to the pool.
fn give_back(client: Object) -> Option<Object> {
    drop(client);
    None
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
