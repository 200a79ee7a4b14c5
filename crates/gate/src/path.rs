//! The one normalisation of a request path. What it gives is matched, and exactly that is forwarded.
//!
//! An attacker wins where the gate reads a path in one way and the upstream in another. So a path is accepted only in
//! its single canonical spelling, and refused, never repaired, otherwise:
//!
//! | in the path | answer |
//! |---|---|
//! | `//`, `/./`, `/../`, `;`, `\`, raw bytes that RFC 3986 §3.3 does not allow | 400 |
//! | an escape of a letter, a digit, `-`, `_` or `.` (`%2e`): nobody who means well writes one | 400 |
//! | an escape of `/`, `\`, `;`, `%` or of a control character (`%00`) | 400 |
//! | a broken escape, or escapes that are no UTF-8 | 400 |
//! | over 2,048 bytes | 414 |
//! | another case than the route's | 404: paths are case-sensitive |
//!
//! Three things are normalised: an escape of a character that may stand raw (`%3A`, as JavaScript writes `:`) becomes
//! that character, the hexadecimal digits of other escapes become upper case, and the alias `/api/v2/…` becomes `/v2/…`.
//! One trailing slash is taken off and remembered; only routes that end in a fixed segment accept it.

use std::borrow::Cow;

/// Longest path in bytes.
pub const LONGEST_PATH: usize = 2_048;

/// A path in its canonical spelling, without trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<'a> {
    text: Cow<'a, str>,
    trailing_slash: bool,
}

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Over [`LONGEST_PATH`].
    #[error("the path is longer than 2048 bytes")]
    TooLong,
    /// Does not begin with a slash.
    #[error("the path must begin with a slash")]
    NotAbsolute,
    /// Two slashes in a row, or a segment of dots.
    #[error("the path holds an empty segment or a segment of dots")]
    Segment,
    /// A byte that cannot stand in a path.
    #[error("the path holds a character that is not allowed there")]
    Character,
    /// An escape that is broken, not needed or ambiguous.
    #[error("the path holds a percent-escape that is not allowed there")]
    Escape,
}

impl<'a> Path<'a> {
    /// Normalises the path of a request target, without its query.
    ///
    /// # Errors
    /// See the table at the head of this module.
    pub fn parse(raw: &'a str) -> Result<Self, PathError> {
        if raw.len() > LONGEST_PATH {
            return Err(PathError::TooLong);
        }
        if !raw.starts_with('/') {
            return Err(PathError::NotAbsolute);
        }
        let spelled = canonical(raw)?;
        let (text, trailing_slash) = match spelled.strip_suffix('/') {
            Some(rest) if !rest.is_empty() => (rest, true),
            _ => (&*spelled, false),
        };
        if raw != "/" && text[1..].split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(PathError::Segment);
        }
        let start = text.len() - without_alias(text).len();
        let text = match spelled {
            Cow::Borrowed(raw) => Cow::Borrowed(&raw[start..text.len()]),
            Cow::Owned(_) => Cow::Owned(text[start..].to_owned()),
        };
        Ok(Self { text, trailing_slash })
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a slash was taken off the end.
    pub fn had_trailing_slash(&self) -> bool {
        self.trailing_slash
    }

    /// The segments in order; none for `/`.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.text[1..].split('/').filter(|segment| !segment.is_empty())
    }
}

/// Later documents of the Results API write `/api/v2/…`, earlier ones `/v2/…`; both mean the same.
fn without_alias(path: &str) -> &str {
    match path.strip_prefix("/api") {
        Some(rest) if is_versioned(rest) => rest,
        _ => path,
    }
}

/// Whether a path begins with a segment `v` and a number.
pub(crate) fn is_versioned(path: &str) -> bool {
    let first = path.strip_prefix("/v").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit())
}

/// The path with its escapes in their one spelling.
fn canonical(raw: &str) -> Result<Cow<'_, str>, PathError> {
    let bytes = raw.as_bytes();
    if !bytes.iter().all(|&byte| may_stand_raw(byte) || matches!(byte, b'/' | b'%')) {
        return Err(PathError::Character);
    }
    if !bytes.contains(&b'%') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut spelled = String::with_capacity(raw.len());
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            spelled.push(char::from(byte));
            decoded.push(byte);
            continue;
        }
        let (escaped, after) = unescape(after).ok_or(PathError::Escape)?;
        rest = after;
        decoded.push(escaped);
        match escaped {
            byte if is_ambiguous(byte) => return Err(PathError::Escape),
            byte if may_stand_raw(byte) => spelled.push(char::from(byte)),
            byte => spelled.push_str(&format!("%{byte:02X}")),
        }
    }
    if std::str::from_utf8(&decoded).is_ok() { Ok(Cow::Owned(spelled)) } else { Err(PathError::Escape) }
}

/// The byte that two hexadecimal digits stand for, and what follows them.
fn unescape(digits: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], rest) = digits.split_first_chunk()?;
    let digit = |byte| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok().map(|byte| (byte, rest))
}

/// Escaped, these are written only to be read differently by two servers.
fn is_ambiguous(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte.is_ascii_control() || b"-_./\\;%".contains(&byte)
}

/// `pchar` of RFC 3986 §3.3 without escapes and without `;`, which some upstreams cut parameters off at.
fn may_stand_raw(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+')
        || matches!(byte, b',' | b'=' | b':' | b'@')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_one_spelling() {
        for (raw, text, trailing) in [
            ("/", "/", false),
            ("/v2/sessionResults", "/v2/sessionResults", false),
            ("/v2/sessionResults/", "/v2/sessionResults", true),
            ("/api/v2/sessionResults", "/v2/sessionResults", false),
            ("/api/v30/x/", "/v30/x", true),
            ("/api/vx/x", "/api/vx/x", false),
            ("/api/v/x", "/api/v/x", false),
            ("/api/api/v2/x", "/api/api/v2/x", false),
            ("/API/v2/x", "/API/v2/x", false),
            ("/a%c3%a9b/...", "/a%C3%A9b/...", false),
            ("/a%20b", "/a%20b", false),
            ("/a:b@c,d=e", "/a:b@c,d=e", false),
            ("/a%3ab%40c%7E/", "/a:b@c~", true),
            ("/api/v2/a%3Ab", "/v2/a:b", false),
        ] {
            let path = Path::parse(raw).expect(raw);
            assert_eq!((path.as_str(), path.had_trailing_slash()), (text, trailing), "{raw}");
        }
        assert_eq!(Path::parse("/").expect("parses").segments().count(), 0);
    }

    #[test]
    fn refuses_what_can_be_read_twice() {
        use PathError::{Character, Escape, NotAbsolute, Segment, TooLong};
        let long = format!("/{}", "a".repeat(LONGEST_PATH));
        for (raw, error) in [
            ("", NotAbsolute),
            ("*", NotAbsolute),
            ("v2/sessionResults", NotAbsolute),
            ("//", Segment),
            ("//v2/sessionResults", Segment),
            ("/v2//sessionResults", Segment),
            ("/v2/sessionResults//", Segment),
            ("/v2/./sessionResults", Segment),
            ("/v2/x/../sessionResults", Segment),
            ("/..", Segment),
            ("/../", Segment),
            ("/api//v2/x", Segment),
            ("/v2/%2e%2e/sessionResults", Escape),
            ("/v2/%2E/sessionResults", Escape),
            ("/v2/%2d", Escape),
            ("/%61pi/v2/x", Escape),
            ("/v2%2fsessionResults", Escape),
            ("/v2/%5csessionResults", Escape),
            ("/v2/session%52esults", Escape),
            ("/v2/sessionResults%00", Escape),
            ("/v2/sessionResults%0a", Escape),
            ("/v2/sessionResults%7f", Escape),
            ("/v2/sessionResults%3ba=b", Escape),
            ("/v2/%252e", Escape),
            ("/v2/%", Escape),
            ("/v2/%4", Escape),
            ("/v2/%zz", Escape),
            ("/v2/%+1", Escape),
            ("/v2/%ff", Escape),
            ("/v2/%c3", Escape),
            ("/v2/%c0%ae", Escape),
            ("/v2/sessionResults;a=b", Character),
            ("/v2\\sessionResults", Character),
            ("/v2/session Results", Character),
            ("/v2/sessionResults\0", Character),
            ("/v2/é", Character),
            ("/v2/{x}", Character),
            ("/v2/\"", Character),
            (&long, TooLong),
        ] {
            assert_eq!(Path::parse(raw), Err(error), "{raw}");
        }
    }

    proptest! {
        /// Two accepted paths that decode to the same text are the same path, so no two readings exist.
        #[test]
        fn decoding_gives_one_spelling(raw in "(/api)?(/[a-c.%;A-F0-9é-]{0,6}){1,4}/?") {
            let Ok(path) = Path::parse(&raw) else { return Ok(()) };
            let decoded = percent_encoding::percent_decode_str(path.as_str()).decode_utf8().expect("UTF-8");
            let again: String = decoded.bytes().map(|byte| match byte {
                b'/' => "/".to_owned(),
                byte if may_stand_raw(byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            }).collect();
            prop_assert_eq!(&again, path.as_str());
            prop_assert_eq!(decoded.matches('/').count(), path.as_str().matches('/').count());
        }

        /// Normalising twice changes nothing more.
        #[test]
        fn is_stable(raw in "(/api)?(/(v[0-9]|[a-z.%A-F0-9]{1,6}|%c3%[a-b]f)){1,4}/?") {
            let Ok(path) = Path::parse(&raw) else { return Ok(()) };
            let text = path.as_str().to_owned();
            let again = Path::parse(&text).expect("its own result is accepted");
            prop_assert_eq!(again.as_str(), &text);
        }

        #[test]
        fn never_panics(raw in "\\PC{0,40}") {
            let _ = Path::parse(&raw);
        }
    }
}
