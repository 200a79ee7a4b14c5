//! Rows by column name.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;
use serde::de::DeserializeOwned;

use super::{DbError, Value};

/// One row of an answer.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// `None` when the column holds another kind of value.
    fn from_value(value: &Value) -> Option<Self>;
}

impl Row {
    /// From the engine's columns and values, in the same order.
    pub fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// A column as an integer, text, bytes, flag, time or hash; `Option` for those that may be NULL.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DbError> {
        T::from_value(self.value(column)?).ok_or_else(|| self.unreadable(column, "is of another kind"))
    }

    /// A text column as an id or a named state.
    pub fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, DbError> {
        self.get::<String>(column)?.parse().map_err(|error| self.unreadable(column, error))
    }

    /// The same where NULL is allowed.
    pub fn parse_opt<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, DbError> {
        self.get::<Option<String>>(column)?
            .map(|text| text.parse().map_err(|error| self.unreadable(column, error)))
            .transpose()
    }

    /// A text column that holds texts without blanks, separated by blanks.
    pub fn words<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Vec<T>, DbError> {
        let text: String = self.get(column)?;
        let words = text.split(' ').filter(|word| !word.is_empty());
        words.map(|word| word.parse().map_err(|error| self.unreadable(column, error))).collect()
    }

    /// A text column that holds JSON.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, DbError> {
        serde_json::from_str(&self.get::<String>(column)?).map_err(|error| self.unreadable(column, error))
    }

    fn value(&self, column: &str) -> Result<&Value, DbError> {
        self.columns
            .iter()
            .position(|name| name == column)
            .and_then(|at| self.values.get(at))
            .ok_or_else(|| self.unreadable(column, "is not in the answer"))
    }

    /// Names the row by its first column, which is the id by habit.
    fn unreadable(&self, column: &str, why: impl Display) -> DbError {
        let row = match (self.columns.first(), self.values.first()) {
            (Some(name), Some(Value::Text(text))) => format!("{name} {text}"),
            (Some(name), Some(Value::Integer(number))) => format!("{name} {number}"),
            _ => "unnamed".to_owned(),
        };
        DbError::Unreadable(format!("row {row}, column {column}: {why}"))
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(number) = value { Some(*number) } else { None }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(Self::from_micros)
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.clone()) } else { None }
    }
}

impl FromValue for SecretHash {
    fn from_value(value: &Value) -> Option<Self> {
        let Value::Bytes(bytes) = value else { return None };
        bytes.as_slice().try_into().ok().map(Self::from_bytes)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}
