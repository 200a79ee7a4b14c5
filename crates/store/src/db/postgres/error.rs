//! PostgreSQL's errors in our words.

use std::error::Error;

use tokio_postgres::error::{DbError as ServerError, SqlState};

use super::super::tx::{Failure, brief};
use super::DbError;

/// A statement that failed.
pub(super) fn describe(error: &tokio_postgres::Error, sql: &str) -> (DbError, Failure) {
    let Some(server) = error.as_db_error() else {
        let text = with_cause(error);
        let described = if error.is_closed() || is_io(error) {
            DbError::Unavailable(format!("the connection to PostgreSQL was lost: {text}"))
        } else {
            DbError::Engine(format!("{text} in: {}", brief(sql)))
        };
        return (described, Failure::Lasting);
    };
    if matches!(*server.code(), SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED) {
        return (lost(), Failure::Conflict);
    }
    (by_code(server, sql), Failure::Lasting)
}

/// A connection that could not be made.
pub(super) fn connecting(server: &str, error: &tokio_postgres::Error) -> DbError {
    let text = match error.as_db_error() {
        // The message names user or database and never the password.
        Some(answer) => answer.message().to_owned(),
        None => with_cause(error),
    };
    DbError::Unavailable(format!("PostgreSQL at {server}: {text}"))
}

/// Lost against another transaction.
pub(super) fn lost() -> DbError {
    DbError::Busy("the transaction kept losing against others".to_owned())
}

/// The driver's errors keep their reason in the cause.
pub(super) fn with_cause(error: &tokio_postgres::Error) -> String {
    let text = error.to_string();
    match error.source().map(ToString::to_string) {
        Some(cause) if !text.contains(&cause) => format!("{text}: {cause}"),
        _ => text,
    }
}

fn by_code(server: &ServerError, sql: &str) -> DbError {
    let message = server.message();
    match *server.code() {
        SqlState::UNIQUE_VIOLATION => DbError::Constraint(unique(server)),
        SqlState::FOREIGN_KEY_VIOLATION => DbError::Constraint("foreign key".to_owned()),
        SqlState::NOT_NULL_VIOLATION => {
            let (table, column) = (server.table().unwrap_or_default(), server.column().unwrap_or_default());
            DbError::Constraint(format!("not null {table}.{column}"))
        }
        SqlState::CHECK_VIOLATION => DbError::Constraint(format!("check {}", server.constraint().unwrap_or_default())),
        SqlState::QUERY_CANCELED => DbError::Busy("the statement took longer than its limit".to_owned()),
        SqlState::LOCK_NOT_AVAILABLE => DbError::Busy("a lock was not free in time".to_owned()),
        SqlState::DISK_FULL => DbError::Unavailable("the disk of PostgreSQL is full".to_owned()),
        SqlState::TOO_MANY_CONNECTIONS
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => DbError::Unavailable(message.to_owned()),
        ref code if code.code().starts_with("08") => DbError::Unavailable(message.to_owned()),
        ref code => DbError::Engine(format!("{message} ({}) in: {}", code.code(), brief(sql))),
    }
}

/// `table.column, table.column`, as SQLite says it. The columns stand in the detail, before the values, which are left.
fn unique(server: &ServerError) -> String {
    let columns = server.detail().and_then(|detail| detail.split_once('(')?.1.split_once(")=("));
    match (server.table(), columns) {
        (Some(table), Some((columns, _))) => {
            columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        }
        _ => server.constraint().unwrap_or_default().to_owned(),
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(<dyn Error>::is::<std::io::Error>)
}
