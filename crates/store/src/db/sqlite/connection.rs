//! One connection to the file: pragmas, statements, time limit, and the engine's errors in words.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, ffi};

use super::super::tx::{Failure, Mode, brief};
use super::super::{DbError, Row, Value};

/// How long another process (the command line on the same file) may hold the write lock before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The deadline is looked at once per so many steps of SQLite's machine, some tens of microseconds.
const STEPS: i32 = 4_000;
const STATEMENTS: usize = 512;
const NONE: u64 = u64::MAX;

/// A connection and the time until which its statements may run.
pub(in crate::db) struct Connection {
    raw: rusqlite::Connection,
    start: Instant,
    /// Microseconds after `start`.
    deadline: Arc<AtomicU64>,
}

type Answer<T> = Result<T, (DbError, Failure)>;

impl Connection {
    /// Creates the file, readable by its owner alone. SQLite gives the same mode to `-wal` and `-shm`.
    pub(super) fn create(path: &Path) -> Result<(), DbError> {
        use std::os::unix::fs::OpenOptionsExt;
        let opened = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
        opened.map(drop).map_err(|error| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            DbError::Unavailable(format!(
                "cannot open {} for writing: {error}; the folder {} must exist and be writable by this user",
                path.display(),
                folder.display()
            ))
        })
    }

    pub(super) fn open(path: &Path, mode: Mode) -> Result<Self, DbError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let describe = |error: rusqlite::Error| match describe(&error, "opening").0 {
            DbError::Unavailable(text) => DbError::Unavailable(format!("{}: {text}", path.display())),
            other => other,
        };
        let mut raw = rusqlite::Connection::open_with_flags(path, flags).map_err(describe)?;
        raw.busy_timeout(BUSY_TIMEOUT).map_err(describe)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        let start = Instant::now();
        let deadline = Arc::new(AtomicU64::new(NONE));
        let seen = Arc::clone(&deadline);
        let late = move || micros(start.elapsed()) > seen.load(Ordering::Relaxed);
        raw.progress_handler(STEPS, Some(late)).map_err(describe)?;
        raw.execute_batch(pragmas(mode)).map_err(describe)?;
        // One plan for each statement, whatever is bound: otherwise one that compares a column with a parameter is
        // prepared again each time that it gets another value.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(describe)?;
        Ok(Self { raw, start, deadline })
    }

    pub(super) fn set_deadline(&self, limit: Duration) {
        self.deadline.store(micros(self.start.elapsed().saturating_add(limit)), Ordering::Relaxed);
    }

    pub(super) fn clear_deadline(&self) {
        self.deadline.store(NONE, Ordering::Relaxed);
    }

    /// Whether no transaction is open: the engine rolls back by itself after some errors.
    pub(super) fn is_idle(&self) -> bool {
        self.raw.is_autocommit()
    }

    /// A statement of the transaction machinery itself.
    pub(super) fn control(&self, sql: &'static str) -> Result<(), DbError> {
        let run = || self.raw.prepare_cached(sql)?.raw_execute();
        run().map(drop).map_err(|error| describe(&error, sql).0)
    }

    pub(in crate::db) fn batch(&mut self, sql: &str) -> Answer<()> {
        self.raw.execute_batch(sql).map_err(|error| describe(&error, sql))
    }

    pub(in crate::db) fn execute(&mut self, sql: &str, params: &[Value]) -> Answer<u64> {
        let mut statement = self.prepare(sql, params)?;
        let touched = statement.raw_execute().map_err(|error| describe(&error, sql))?;
        Ok(u64::try_from(touched).unwrap_or(u64::MAX))
    }

    pub(in crate::db) fn query(&mut self, sql: &str, params: &[Value]) -> Answer<Vec<Row>> {
        let mut statement = self.prepare(sql, params)?;
        let mut columns: Option<Arc<[String]>> = None;
        let mut answer = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| describe(&error, sql))? {
            let columns = columns.get_or_insert_with(|| row.as_ref().column_names().map(str::to_owned).collect());
            let mut values = Vec::with_capacity(columns.len());
            for at in 0..columns.len() {
                let value = row.get_ref(at).map_err(|error| describe(&error, sql))?;
                values.push(value_of(value).map_err(|why| {
                    (DbError::Unreadable(format!("{}, column {}: {why}", brief(sql), columns[at])), Failure::Lasting)
                })?);
            }
            answer.push(Row::new(Arc::clone(columns), values));
        }
        Ok(answer)
    }

    /// Binds by the number in the placeholder's name: SQLite numbers `$2 … $1` by first appearance, and binding in
    /// that order would swap them silently. Its own tokenizer finds the placeholders, so `'$1'` stays a text.
    fn prepare(&self, sql: &str, params: &[Value]) -> Answer<CachedStatement<'_>> {
        let mut statement = self.raw.prepare_cached(sql).map_err(|error| describe(&error, sql))?;
        let count = statement.parameter_count();
        if count != params.len() {
            let text = format!("{} parameters given, {count} in: {}", params.len(), brief(sql));
            return Err((DbError::Engine(text), Failure::Lasting));
        }
        for at in 1..=count {
            let number = statement.parameter_name(at).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            let Some(value) = number.and_then(|number| params.get(number.checked_sub(1)?)) else {
                let text = format!("placeholders must be $1 to ${count} in: {}", brief(sql));
                return Err((DbError::Engine(text), Failure::Lasting));
            };
            bind(&mut statement, at, value).map_err(|error| describe(&error, sql))?;
        }
        Ok(statement)
    }
}

fn bind(statement: &mut CachedStatement<'_>, at: usize, value: &Value) -> rusqlite::Result<()> {
    match value {
        Value::Null => statement.raw_bind_parameter(at, rusqlite::types::Null),
        Value::Integer(number) => statement.raw_bind_parameter(at, number),
        Value::Text(text) => statement.raw_bind_parameter(at, text.as_str()),
        Value::Bytes(bytes) => statement.raw_bind_parameter(at, bytes.as_slice()),
    }
}

fn value_of(value: ValueRef<'_>) -> Result<Value, &'static str> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Real(_) => Err("is a floating-point number"),
        ValueRef::Text(text) => {
            std::str::from_utf8(text).map(|text| Value::Text(text.to_owned())).map_err(|_| "is not UTF-8")
        }
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
    }
}

/// `synchronous=FULL` makes each commit of the WAL durable. `trusted_schema` and `cell_size_check` guard against a
/// file that somebody prepared.
fn pragmas(mode: Mode) -> &'static str {
    match mode {
        Mode::Write => {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON; PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864"
        }
        Mode::Read => {
            "PRAGMA query_only = ON; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000"
        }
    }
}

/// The engine's error in our words. Its message is kept where it names schema, never values.
fn describe(error: &rusqlite::Error, sql: &str) -> (DbError, Failure) {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return (DbError::Engine(format!("{error} in: {}", brief(sql))), Failure::Lasting);
    };
    let message = message.as_deref().unwrap_or("no further message");
    let described = match failure.code {
        ErrorCode::ConstraintViolation => DbError::Constraint(constraint(failure.extended_code, message)),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            DbError::Busy("another process holds the database file's lock".to_owned())
        }
        ErrorCode::OperationInterrupted => DbError::Busy("the statement took longer than its limit".to_owned()),
        ErrorCode::DiskFull => DbError::Unavailable("the disk is full: make room, nothing was lost".to_owned()),
        ErrorCode::NotADatabase => {
            DbError::Unavailable("the file is not a SQLite database; move it away or name another file".to_owned())
        }
        ErrorCode::DatabaseCorrupt => {
            DbError::Unavailable(format!("the database file is damaged, restore a backup: {message}"))
        }
        ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            DbError::Unavailable(format!("{message}; the file and its folder must be writable by this user"))
        }
        ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_WRITE => DbError::Unavailable(
            "the file cannot be written: the disk fails, or a limit on the size of files is reached".to_owned(),
        ),
        ErrorCode::SystemIoFailure => DbError::Unavailable(format!("reading or writing the file failed: {message}")),
        _ => DbError::Engine(format!("{message} in: {}", brief(sql))),
    };
    (described, Failure::Lasting)
}

fn constraint(code: i32, message: &str) -> String {
    let name = message.split_once("constraint failed: ").map_or("", |(_, name)| name);
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            name.to_owned()
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "foreign key".to_owned(),
        ffi::SQLITE_CONSTRAINT_NOTNULL => format!("not null {name}"),
        ffi::SQLITE_CONSTRAINT_CHECK => format!("check {name}"),
        _ => message.to_owned(),
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(NONE)
}
