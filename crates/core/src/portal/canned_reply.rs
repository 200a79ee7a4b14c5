//! Texts that reviewers keep ready: picked, edited, then sent.

use crate::id::CannedReplyId;
use crate::time::Timestamp;

/// Most replies of one kind.
pub const MOST: usize = 50;

crate::text_enum! {
    /// What a canned reply is for.
    ReplyKind, "kind of canned reply" {
        /// A question to the developer.
        Question = "question",
        /// The reason for declining a scope.
        Decline = "decline",
    }
}

/// One text of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// What it is for.
    pub kind: ReplyKind,
    /// What reviewers pick it by.
    pub title: String,
    /// What stands in the box then.
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
    /// Raised by each change.
    pub version: i64,
}

/// What stands in a box that held `typed` once the reply was picked: nothing that was typed is lost.
pub fn filled(typed: &str, body: &str) -> String {
    match typed.trim_end() {
        "" => body.to_owned(),
        kept if kept.ends_with(body.trim_end()) => kept.to_owned(),
        kept => format!("{kept}\n\n{body}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays() {
        for (typed, expected) in [
            ("", "Who are your customers?"),
            (" \n", "Who are your customers?"),
            ("Hello!", "Hello!\n\nWho are your customers?"),
            ("Hello!\n\nWho are your customers?", "Hello!\n\nWho are your customers?"),
        ] {
            assert_eq!(filled(typed, "Who are your customers?"), expected, "{typed:?}");
        }
    }
}
