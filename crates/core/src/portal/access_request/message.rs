//! The thread of a request.

use crate::id::{MessageId, UserId};
use crate::identity::name::is_invisible;
use crate::time::Timestamp;

/// Longest message, in characters.
pub const MAX_BODY: usize = 5_000;

crate::text_enum! {
    /// What a message of the thread is.
    MessageKind, "message kind" {
        /// From a reviewer to the developer.
        Question = "question",
        /// From the developer.
        Answer = "answer",
        /// From either side, without a question: the request stays as it is.
        Reply = "reply",
        /// Among reviewers; the developer never sees it.
        Note = "note",
    }
}

/// A message in the thread of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Question, answer, reply or note.
    pub kind: MessageKind,
    /// Who wrote it.
    pub author_id: UserId,
    /// Plain text.
    pub body: String,
    /// When.
    pub created_at: Timestamp,
}

/// Why a text cannot be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Nothing, or only blanks.
    #[error("write a message")]
    Empty,
    /// Too long.
    #[error("use at most {MAX_BODY} characters")]
    TooLong,
    /// Control or unseen characters.
    #[error("use visible characters and line ends only")]
    Characters,
}

impl MessageError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::Characters => "invalid_character",
        }
    }
}

/// Whether a text can be a message, a reason or an answer of a form.
pub fn check_body(text: &str) -> Result<(), MessageError> {
    let unseen = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || (is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}'))
    };
    if text.trim().is_empty() {
        Err(MessageError::Empty)
    } else if text.chars().count() > MAX_BODY {
        Err(MessageError::TooLong)
    } else if text.chars().any(unseen) {
        Err(MessageError::Characters)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_texts() {
        assert_eq!(check_body("two\nlines, 試験 👩\u{200d}👧"), Ok(()));
        assert_eq!(check_body(" \n"), Err(MessageError::Empty));
        assert_eq!(check_body(&"x".repeat(5_001)), Err(MessageError::TooLong));
        for text in ["a\0b", "a\u{202e}b", "\u{1b}[31m"] {
            assert_eq!(check_body(text), Err(MessageError::Characters), "{text:?}");
        }
    }
}
