//! Passwords of people: the rules for choosing one, and the Argon2id hash that is kept of it.
//!
//! The rules are those of NIST SP 800-63B-4 §3.1.1: a length, no composition, a list of what attackers try first, and
//! nothing cut off. The text is prepared as RFC 8265 §4.2 (OpaqueString) says, so that the same password typed on
//! another keyboard is the same bytes. Hashing costs 19 MiB and tens of milliseconds: callers run it on a blocking
//! thread, a few at a time, never inside a transaction.

use std::cmp::Ordering;
use std::fmt;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::email::Email;

/// Characters of the shortest password.
pub const SHORTEST: usize = 8;
/// Characters of the longest password.
pub const LONGEST: usize = 256;

/// What attackers try first: lower case, sorted, one a line, all of at least eight characters.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password cannot be chosen. The text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Under 8 characters.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// Over 256 characters.
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    /// Control characters cannot be typed again with certainty.
    #[error("a password cannot have control characters such as tabs or line breaks")]
    Control,
    /// On the list, or one character over and over.
    #[error("this password is among the first that attackers try: choose another, for example four unrelated words")]
    Common,
    /// The e-mail address or its name.
    #[error("a password cannot be the e-mail address or the name in it")]
    Address,
}

impl PasswordError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Control => "invalid_character",
            Self::Common => "password_common",
            Self::Address => "password_is_address",
        }
    }
}

/// A password that may be chosen. No `Debug`, no `Serialize`, wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Checks a password that the owner of `email` chooses; `None` when the address is not known (yet).
    pub fn choose(text: &str, email: Option<&Email>) -> Result<Self, PasswordError> {
        let prepared = prepare(text).ok_or(PasswordError::TooLong)?;
        if prepared.chars().count() < SHORTEST {
            return Err(PasswordError::TooShort);
        }
        if prepared.chars().any(char::is_control) {
            return Err(PasswordError::Control);
        }
        let folded = Zeroizing::new(prepared.to_lowercase());
        if is_common(&folded) {
            return Err(PasswordError::Common);
        }
        if email.is_some_and(|email| is_address(&folded, email)) {
            return Err(PasswordError::Address);
        }
        Ok(Self(prepared))
    }

    /// Argon2id with 16 random bytes of salt. Slow by design.
    pub fn hash(&self, salt: [u8; 16]) -> PasswordHash {
        let hash = argon2id().hash_password_with_salt(self.0.as_bytes(), &salt);
        // Fails only for parameters, salts and outputs out of range, and all three are constants.
        PasswordHash(hash.map(|hash| hash.to_string()).unwrap_or_default())
    }
}

/// The stored form (PHC string): algorithm, parameters, salt and hash.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// As stored.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// To store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is the password, by the parameters that are written in the hash. Slow by design.
    pub fn verify(&self, text: &str) -> bool {
        prepare(text).is_some_and(|text| argon2id().verify_password(text.as_bytes(), self.as_str()).is_ok())
    }

    /// Whether it was made with other parameters than today's, so that the next sign-in should make it anew.
    pub fn is_outdated(&self) -> bool {
        !self.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password hash]")
    }
}

/// OWASP's parameters: 19 MiB, two passes, one lane.
fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None).unwrap_or_default())
}

/// NFC with every kind of blank as U+0020 (RFC 8265 §4.2.2). `None` for more than can be a password, before any work.
fn prepare(text: &str) -> Option<Zeroizing<String>> {
    if text.len() > LONGEST * 12 {
        return None;
    }
    let spaced = text.chars().map(|c| if c.is_whitespace() && !c.is_control() { ' ' } else { c });
    let prepared = Zeroizing::new(spaced.nfc().collect::<String>());
    (prepared.chars().count() <= LONGEST).then_some(prepared)
}

fn is_common(folded: &str) -> bool {
    let first = folded.chars().next();
    folded.chars().all(|c| Some(c) == first) || contains_line(COMMON, folded)
}

fn is_address(folded: &str, email: &Email) -> bool {
    folded == email.key() || email.key().split_once('@').is_some_and(|(local, _)| folded == local)
}

/// Binary search over sorted lines, without an index in memory.
fn contains_line(mut text: &str, wanted: &str) -> bool {
    while !text.is_empty() {
        let middle = text.len() / 2;
        let start = text.as_bytes()[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = text.as_bytes()[start..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| start + at);
        match text[start..end].cmp(wanted) {
            Ordering::Equal => return true,
            Ordering::Less => text = text.get(end + 1..).unwrap_or_default(),
            Ordering::Greater => text = &text[..start],
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(text: &str) -> Result<Password, PasswordError> {
        Password::choose(text, Email::parse("ann.lee@example.com").ok().as_ref())
    }

    #[test]
    fn the_list_is_sorted_and_fit_for_searching() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() > 1_000);
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(lines.iter().all(|line| line.chars().count() >= SHORTEST && *line == line.to_lowercase()));
        assert!(lines.iter().all(|line| contains_line(COMMON, line)));
        assert!(!contains_line(COMMON, "correct horse battery staple"));
        assert!(!contains_line("", "x"));
    }

    #[test]
    fn rules() {
        let cases: &[(&str, PasswordError)] = &[
            ("", PasswordError::TooShort),
            ("sevench", PasswordError::TooShort),
            ("åäöåäöx", PasswordError::TooShort),
            (&"long enough ".repeat(22), PasswordError::TooLong),
            (&"x".repeat(5_000_000), PasswordError::TooLong),
            ("tab\tinside it", PasswordError::Control),
            ("nul\0inside it", PasswordError::Control),
            ("password", PasswordError::Common),
            ("Password123", PasswordError::Common),
            ("P@ssw0rd", PasswordError::Common),
            ("qwertyuiop", PasswordError::Common),
            ("12345678", PasswordError::Common),
            ("!!!!!!!!!!", PasswordError::Common),
            ("ANN.LEE@example.com", PasswordError::Address),
        ];
        for (text, error) in cases {
            assert_eq!(choose(text).err(), Some(*error), "{text:.20}");
        }
        for good in ["correct horse battery staple", "пароль которого нет", "x".repeat(255).as_str()] {
            assert!(choose(&format!("{good}y")).is_ok(), "{good:.20}");
        }
    }

    #[test]
    fn hash_has_the_documented_parameters_and_verifies() {
        let hash = choose("correct horse battery staple").expect("allowed").hash([7; 16]);
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(!hash.is_outdated());
        assert!(hash.verify("correct horse battery staple"));
        assert!(!hash.verify("correct horse battery stapl"));
        assert!(!hash.verify(""));
        assert!(!PasswordHash::from_stored(String::new()).verify(""));
        assert!(PasswordHash::from_stored("$argon2id$v=19$m=16,t=2,p=1$c29tZXNhbHQ$x".into()).is_outdated());
    }

    #[test]
    fn nothing_is_cut_off() {
        let long = format!("{}{}", "a long password ".repeat(15), "0123456789abcdef");
        assert_eq!(long.chars().count(), LONGEST);
        let hash = choose(&long).expect("allowed").hash([7; 16]);
        assert!(hash.verify(&long));
        assert!(!hash.verify(&long[..255]));
        assert!(!hash.verify(&format!("{long}x")));
    }

    #[test]
    fn composed_and_decomposed_are_the_same() {
        let hash = choose("Zoe\u{308} goes home").expect("allowed").hash([7; 16]);
        assert!(hash.verify("Zo\u{eb}\u{a0}goes home"));
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in any::<String>()) {
            if choose(&text).is_ok() {
                // Counted as it is hashed: U+09DC is one character as typed and two when prepared.
                prop_assert!(prepare(&text).is_some_and(|prepared| prepared.chars().count() >= SHORTEST));
            }
        }
    }
}
