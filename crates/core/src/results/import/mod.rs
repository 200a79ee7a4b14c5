//! The import format: JSON Lines, one record a line, each with its version and kind
//! (`{"v":1,"kind":"session",…}`). `docs/results-import.md` describes it field by field.
//!
//! A line is checked completely before anything of it is kept: every fault is told with the field that has it. Fields
//! that are not known are faults too, so that a misspelt one is not lost in silence; what a later version adds comes
//! with a higher `v` or a new `kind`.

mod answer;
mod fields;
mod json;
mod session;
mod test;

use std::fmt;

use fields::{Faults, Object};
use uuid::Uuid;

use super::details::SessionDetails;
use super::list::SessionStatus;
use crate::id::WorkspaceId;
use crate::time::Timestamp;

/// Longest line in bytes, without its end.
pub const MAX_LINE: usize = 1 << 20;
/// The version of the format that this program reads.
pub const VERSION: i64 = 1;
/// How many faults of one line are told.
const MAX_FAULTS: usize = 10;

crate::text_enum! {
    /// What a line holds.
    Kind, "kind" {
        /// A test of a workspace.
        Test = "test",
        /// A session of a test.
        Session = "session",
    }
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A test.
    Test(TestRecord),
    /// A session.
    Session(Box<SessionRecord>),
}

crate::text_enum! {
    /// How a test is run.
    TestType, "test type" {
        /// Questions only.
        Survey = "SURVEY",
        /// Tasks on a design, without a spoken comment.
        NonThinkOutLoud = "NON_THINK_OUT_LOUD",
        /// Tasks on a design with a spoken comment.
        ThinkOutLoud = "THINK_OUT_LOUD",
        /// A talk with a moderator.
        LiveConversation = "LIVE_CONVERSATION",
    }
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRecord {
    /// The test.
    pub test_id: Uuid,
    /// Where it belongs, for good.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub title: String,
    /// How it is run.
    pub kind: TestType,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Where it belongs, for good.
    pub test_id: Uuid,
    /// How far it has come.
    pub status: SessionStatus,
    /// When it began, to the millisecond.
    pub start_time: Timestamp,
    /// When it ended, to the millisecond.
    pub finish_time: Option<Timestamp>,
    /// What the API tells of it.
    pub details: SessionDetails,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The way to the field: `tasks[3].response.answer.nps.score`.
    pub field: String,
    /// What is wrong, to be read after the field: `must be between 0 and 10`.
    pub rule: String,
}

/// Why a line cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// Text that is no JSON object; the reason in words.
    NotJson(String),
    /// Fields that cannot be accepted, all of them.
    Faults(Vec<Fault>),
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("not valid UTF-8"),
            Self::NotJson(reason) => write!(f, "not a JSON object: {reason}"),
            Self::Faults(faults) => {
                for (at, fault) in faults.iter().take(MAX_FAULTS).enumerate() {
                    let separator = if at == 0 { "" } else { "; " };
                    write!(f, "{separator}{} {}", fault.field, fault.rule)?;
                }
                match faults.len().saturating_sub(MAX_FAULTS) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
        }
    }
}

impl std::error::Error for LineError {}

/// Reads one line without its end. A blank line holds nothing. `workspace`: where a test belongs that names none.
pub fn parse_line(line: &[u8], workspace: Option<WorkspaceId>) -> Result<Option<Record>, LineError> {
    let text = std::str::from_utf8(line).map_err(|_| LineError::NotUtf8)?.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    let members = json::object(text).map_err(|error| LineError::NotJson(json::reason(&error)))?;
    let faults = Faults::default();
    let record = record(Object::root(members, &faults), workspace);
    let faults = faults.into_inner();
    match record {
        Some(record) if faults.is_empty() => Ok(Some(record)),
        _ => Err(LineError::Faults(faults)),
    }
}

fn record(mut object: Object<'_>, workspace: Option<WorkspaceId>) -> Option<Record> {
    let version = object.integer("v", VERSION..=VERSION);
    let kind = object.name::<Kind>("kind");
    // Of another version or kind nothing is known: its fields would all look wrong.
    if version.is_none() || kind.is_none() {
        return None;
    }
    match kind? {
        Kind::Test => test::read(object, workspace).map(Record::Test),
        Kind::Session => session::read(object).map(|session| Record::Session(Box::new(session))),
    }
}

#[cfg(test)]
mod tests;
