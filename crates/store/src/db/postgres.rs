//! PostgreSQL. Not yet.

use std::sync::Arc;

use super::counters::Counters;
use super::job::Job;
use super::tx::{Failure, Mode};
use super::{DbError, Row, Value};

pub(super) struct Postgres {}
pub(super) struct Connection {}
type Answer<T> = Result<T, (DbError, Failure)>;

impl Postgres {
    pub(super) async fn open(_url: &str, _counters: &Arc<Counters>) -> Result<Self, DbError> {
        Err(DbError::Unavailable("PostgreSQL is not there yet".to_owned()))
    }
    pub(super) fn push(&self, _mode: Mode, job: Box<dyn Job>) {
        job.answer(Err(DbError::Unavailable("PostgreSQL is not there yet".to_owned())));
    }
    pub(super) fn close(&self) {}
}

impl Connection {
    pub(super) async fn batch(&mut self, _sql: &str) -> Answer<()> {
        Err((DbError::Unavailable(String::new()), Failure::Conflict))
    }
    pub(super) async fn execute(&mut self, _sql: &str, _params: &[Value]) -> Answer<u64> {
        Err((DbError::Unavailable(String::new()), Failure::Conflict))
    }
    pub(super) async fn query(&mut self, _sql: &str, _params: &[Value]) -> Answer<Vec<Row>> {
        Err((DbError::Unavailable(String::new()), Failure::Conflict))
    }
}
