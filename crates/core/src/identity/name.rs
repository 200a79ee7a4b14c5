//! Names that people give to themselves and to things: of users, organizations, workspaces, keys.

use unicode_normalization::UnicodeNormalization;

/// Characters of a name.
pub const LONGEST: usize = 100;

/// Why a text cannot be a name. The text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or only blanks.
    #[error("enter a name")]
    Empty,
    /// Over 100 characters.
    #[error("a name has at most {LONGEST} characters")]
    TooLong,
    /// Line breaks, control characters, characters without a shape or that turn the direction of writing.
    #[error("a name is one line without control characters")]
    Control,
}

impl NameError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::Control => "invalid_character",
        }
    }
}

/// A name as it is stored: NFC, without blanks around it, 1–100 characters.
pub fn parse(text: &str) -> Result<String, NameError> {
    let name: String = text.trim().nfc().take(LONGEST + 1).collect();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.chars().count() > LONGEST {
        return Err(NameError::TooLong);
    }
    // The zero-width joiner shapes letters of several scripts and family emoji; it stays.
    if name.chars().any(|c| c.is_control() || (is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}'))) {
        return Err(NameError::Control);
    }
    Ok(name)
}

/// Characters that a reader does not see and that can make one text look like another: zero-width ones, direction
/// overrides, line and paragraph separators, the byte-order mark, tags.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_ordinary_names() {
        for name in ["Ann Lee", "Zoë O’Neil-Smith", "山田太郎", "Ltd. & Co <3", "👩\u{200d}👧"] {
            assert_eq!(parse(&format!("  {name} ")).as_deref(), Ok(name));
        }
        assert_eq!(parse("Zoe\u{308}").as_deref(), Ok("Zo\u{eb}"));
    }

    #[test]
    fn refuses_the_rest() {
        assert_eq!(parse(" \u{a0} "), Err(NameError::Empty));
        assert_eq!(parse(&"é".repeat(101)), Err(NameError::TooLong));
        assert_eq!(parse(&"x".repeat(10_000_000)), Err(NameError::TooLong));
        for text in ["a\nb", "a\u{0}b", "a\u{202e}b", "a\u{2028}b", "a\u{feff}b"] {
            assert_eq!(parse(text), Err(NameError::Control), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_stays_itself(text in any::<String>()) {
            if let Ok(name) = parse(&text) {
                prop_assert_eq!(parse(&name), Ok(name));
            }
        }
    }
}
