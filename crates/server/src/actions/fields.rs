//! Checks of single fields, shared by the actions. All fields of an input are checked before any error is answered.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::name;
use gatehouse_core::identity::password::Password;

use super::{ActionError, FieldError};

/// Collects what is wrong.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// The value, or `None` with its error kept.
    pub fn take<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    /// The error of all that was wrong.
    pub fn refused(self) -> ActionError {
        ActionError::Invalid(self.0)
    }

    /// Goes on when nothing was wrong.
    pub fn finish(self) -> Result<(), ActionError> {
        if self.0.is_empty() { Ok(()) } else { Err(self.refused()) }
    }
}

/// A name of something or somebody.
pub fn display_name(field: &str, text: &str) -> Result<String, FieldError> {
    name::parse(text).map_err(|error| FieldError::new(field, error.code(), error.to_string()))
}

/// An e-mail address.
pub fn email(field: &str, text: &str) -> Result<Email, FieldError> {
    Email::parse(text).map_err(|error| FieldError::new(field, error.code(), error.to_string()))
}

/// A password that the owner of an address chooses; the address is `None` when it cannot be used itself.
pub fn password(field: &str, text: &str, email: Option<&Email>) -> Result<Password, FieldError> {
    Password::choose(text, email).map_err(|error| FieldError::new(field, error.code(), error.to_string()))
}

/// The address of a homepage: absolute, http or https, without user info.
pub fn homepage(field: &str, text: &str) -> Result<String, FieldError> {
    let wrong = |message| FieldError::new(field, "invalid_url", message);
    if text.len() > 2_000 {
        return Err(FieldError::new(field, "too_long", "an address has at most 2,000 bytes"));
    }
    let url = url::Url::parse(text.trim()).map_err(|_| wrong("must be an address like https://example.com"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold a user name or password"));
    }
    Ok(url.into())
}

/// Who is meant, by id or by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// `usr_…`
    Id(UserId),
    /// `ann@example.com`
    Email(Email),
}

/// A user by id or by address, as operators name one.
pub fn user_ref(field: &str, text: &str) -> Result<UserRef, FieldError> {
    if let Ok(id) = text.parse() {
        return Ok(UserRef::Id(id));
    }
    let message = "must be a user id (usr_…) or the user's e-mail address";
    Email::parse(text).map(UserRef::Email).map_err(|_| FieldError::new(field, "invalid", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homepages() {
        assert_eq!(homepage("homepage", " https://Example.com ").as_deref(), Ok("https://example.com/"));
        for bad in
            ["", "example.com", "javascript:alert(1)", "ftp://example.com", "https://a:b@example.com", "https://"]
        {
            assert!(homepage("homepage", bad).is_err(), "{bad}");
        }
        assert!(homepage("homepage", &format!("https://example.com/{}", "a".repeat(2_000))).is_err());
    }
}
