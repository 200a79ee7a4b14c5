//! Where the next page of a list begins, as its reader carries it: opaque, and authenticated, so that nobody asks a list
//! for a place that it did not name (`security.md` G; CVE-2026-33504). It opens nothing by itself.

use gatehouse_core::jose::{base64url, from_base64url};
use gatehouse_core::oauth::resume::{Key, is_tag, tag};

use crate::actions::ActionError;
use crate::context::Context;

/// None of ours is longer.
const LONGEST: usize = 300;

/// Makes and reads the page tokens of one kind of list.
pub(crate) struct PageTokens {
    keys: Vec<Key>,
    list: &'static str,
}

impl PageTokens {
    /// Of the lists of this name.
    ///
    /// # Errors
    /// Without a key-encryption key.
    pub(crate) fn new(ctx: &Context, list: &'static str) -> Result<Self, ActionError> {
        Ok(Self { keys: ctx.key_encryption_keys()?.derive("page token", list.as_bytes()), list })
    }

    /// The token of a place.
    pub(crate) fn seal(&self, place: &str) -> String {
        format!("{}.{}", base64url(place.as_bytes()), tag(&self.keys, &["page", self.list, place]))
    }

    /// The place of a token; `None` for one that is not of these lists.
    pub(crate) fn open(&self, token: &str) -> Option<String> {
        if token.len() > LONGEST {
            return None;
        }
        let (place, sent) = token.split_once('.')?;
        let place = String::from_utf8(from_base64url(place)?).ok()?;
        is_tag(&self.keys, &["page", self.list, &place], sent).then_some(place)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn tokens(byte: u8, list: &'static str) -> PageTokens {
        PageTokens { keys: vec![Key::new([byte; 32])], list }
    }

    #[test]
    fn only_what_was_sealed_for_the_list_is_opened() {
        let token = tokens(1, "users").seal("usr_1");
        assert_eq!(tokens(1, "users").open(&token).as_deref(), Some("usr_1"));
        assert!(!token.contains("usr_1"));
        assert_eq!(tokens(2, "users").open(&token), None, "another key");
        assert_eq!(tokens(1, "apis").open(&token), None, "another list");
        let (_, tag) = token.split_once('.').expect("two parts");
        let forged = format!("{}.{tag}", base64url(b"usr_2"));
        for wrong in ["", ".", "usr_1", &forged, &token[..token.len() - 1], &"A.".repeat(200), "\u{1f4a5}.A"] {
            assert_eq!(tokens(1, "users").open(wrong), None, "{wrong}");
        }
    }
}
