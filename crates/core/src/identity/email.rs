//! E-mail addresses: kept as typed for people and for sending, with a unique key for looking up.
//!
//! The key is NFC, lower case, with the host in its IDNA (ASCII) form. Dots and `+tags` are not folded: whether two
//! such addresses reach the same person is the business of their provider alone. Quoted local parts, comments and IP
//! literals (RFC 5321 §4.1.2, §4.1.3) are refused: nobody has them, and they carry most parser tricks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

/// Octets of the whole address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const LONGEST: usize = 254;
/// Octets before the `@` (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An address. Two are the same person's when their keys are equal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email {
    typed: String,
    key: String,
}

/// Why a text is no e-mail address that can be used here. The text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing, or only blanks.
    #[error("enter an e-mail address, like name@example.com")]
    Empty,
    /// More than 254 bytes, or more than 64 before the `@`.
    #[error("an e-mail address has at most 64 bytes before the @ and 254 in all")]
    TooLong,
    /// Not exactly one `@`, or nothing on one side of it.
    #[error("an e-mail address has one @ with a name before and a host after it, like name@example.com")]
    NoAt,
    /// A blank, a control character, a quote, a bracket, or a dot at the wrong place.
    #[error("the part before the @ has a character or a dot that cannot stand there")]
    Local,
    /// No registered-looking host.
    #[error("the part after the @ is not a host name with a dot in it, like example.com")]
    Host,
}

impl EmailError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::NoAt | Self::Local | Self::Host => "invalid_email",
        }
    }
}

impl Email {
    /// Reads an address; blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let typed = text.trim();
        if typed.is_empty() {
            return Err(EmailError::Empty);
        }
        if typed.len() > LONGEST {
            return Err(EmailError::TooLong);
        }
        let (local, host) = typed.split_once('@').ok_or(EmailError::NoAt)?;
        if local.is_empty() || host.is_empty() || host.contains('@') {
            return Err(EmailError::NoAt);
        }
        let key = format!("{}@{}", local_key(local)?, host_key(host)?);
        if key.len() > LONGEST {
            return Err(EmailError::TooLong);
        }
        Ok(Self { typed: typed.to_owned(), key })
    }

    /// As stored: the key of an older rule stays what it was.
    pub fn from_stored(typed: String, key: String) -> Self {
        Self { typed, key }
    }

    /// As its owner typed it.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// What is unique.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The host in ASCII form, for comparing with an organization's homepage.
    pub fn host(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, host)| host)
    }
}

fn local_key(local: &str) -> Result<String, EmailError> {
    // NFC on both sides: lower-casing can leave a text that is not composed.
    let key: String = local.nfc().collect::<String>().to_lowercase().nfc().collect();
    if local.len() > LONGEST_LOCAL || key.len() > LONGEST_LOCAL {
        return Err(EmailError::TooLong);
    }
    let dots = key.starts_with('.') || key.ends_with('.') || key.contains("..");
    if dots || key.chars().any(|c| !allowed_in_local(c)) {
        return Err(EmailError::Local);
    }
    Ok(key)
}

/// RFC 5321 atext, and what RFC 6531 adds to it without blanks and invisible characters.
fn allowed_in_local(c: char) -> bool {
    match c {
        'a'..='z' | '0'..='9' => true,
        _ if c.is_ascii() => "!#$%&'*+-/=?^_`{|}~.".contains(c),
        _ => !c.is_whitespace() && !c.is_control() && !super::name::is_invisible(c),
    }
}

fn host_key(host: &str) -> Result<String, EmailError> {
    let ascii = idna::domain_to_ascii_strict(host).map_err(|_| EmailError::Host)?;
    let last = ascii.rsplit_once('.').map(|(_, last)| last).ok_or(EmailError::Host)?;
    if last.is_empty() || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EmailError::Host);
    }
    Ok(ascii)
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

/// Addresses stay out of logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[e-mail]")
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.typed)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> String {
        Email::parse(text).expect("an address").key().to_owned()
    }

    #[test]
    fn keeps_what_was_typed_and_folds_case_only() {
        let email = Email::parse(" Ann.Lee+Work@Example.COM ").expect("an address");
        assert_eq!(email.as_typed(), "Ann.Lee+Work@Example.COM");
        assert_eq!(email.key(), "ann.lee+work@example.com");
        assert_eq!(email.host(), "example.com");
        assert_ne!(key("ann.lee@example.com"), key("annlee@example.com"));
        assert_ne!(key("ann+a@example.com"), key("ann@example.com"));
    }

    #[test]
    fn writes_the_host_in_ascii() {
        assert_eq!(key("a@BÜCHER.example"), "a@xn--bcher-kva.example");
        assert_eq!(key("a@xn--bcher-kva.example"), "a@xn--bcher-kva.example");
        assert_eq!(key("a@example\u{3002}com"), "a@example.com");
    }

    #[test]
    fn composes_before_comparing() {
        assert_eq!(key("zoe\u{301}@example.com"), key("zo\u{e9}@example.com"));
        assert_eq!(key("ZOE\u{301}@example.com"), key("zo\u{e9}@example.com"));
    }

    #[test]
    fn refuses_what_is_no_address() {
        use EmailError::{Empty, Host, Local, NoAt, TooLong};
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", "b.".repeat(130));
        let cases: &[(&str, EmailError)] = &[
            ("", Empty),
            (" \t", Empty),
            ("ann", NoAt),
            ("@example.com", NoAt),
            ("ann@", NoAt),
            ("ann@good.example@evil.example", NoAt),
            ("ann lee@example.com", Local),
            ("ann\u{0}@example.com", Local),
            ("ann\r\nBcc:x@example.com", Local),
            ("\"ann\"@example.com", Local),
            ("<ann@example.com", Local),
            ("ann,bob@example.com", Local),
            (".ann@example.com", Local),
            ("ann.@example.com", Local),
            ("an..n@example.com", Local),
            ("ann\u{202e}@example.com", Local),
            ("ann\u{200b}@example.com", Local),
            ("ann@localhost", Host),
            ("ann@example.com.", Host),
            ("ann@.example.com", Host),
            ("ann@exa mple.com", Host),
            ("ann@example.com>", Host),
            ("ann@[127.0.0.1]", Host),
            ("ann@127.0.0.1", Host),
            ("ann@under_score.example", Host),
            ("ann@-a.example", Host),
            (&long_local, TooLong),
            (&long, TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(Email::parse(text), Err(*error), "{text:?}");
        }
    }

    #[test]
    fn is_not_shown_by_debug() {
        assert_eq!(format!("{:?}", Email::parse("ann@example.com")), "Ok([e-mail])");
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_itself(text in "\\PC{1,20}@\\PC{1,10}\\.[a-zA-Z]{2,5}") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.key());
                prop_assert_eq!(again.as_ref().map(Email::key), Ok(email.key()));
            }
        }

        #[test]
        fn ordinary_addresses_are_accepted(text in "[a-zA-Z0-9]([._+-]?[a-zA-Z0-9]){0,20}@[a-z0-9]{1,20}\\.[a-z]{2,6}") {
            prop_assert_eq!(key(&text), text.to_lowercase());
        }

        #[test]
        fn any_text_is_safe(text in any::<String>()) {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(email.key().len() <= 254 && email.as_typed().len() <= 254);
                prop_assert!(!email.key().chars().any(|c| c.is_control() || c.is_whitespace()));
            }
        }
    }
}
