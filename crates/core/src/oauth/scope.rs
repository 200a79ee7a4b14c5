//! The `scope` parameter (RFC 6749 §3.3).

use super::error::{ErrorCode, OAuthError};

/// More scopes than one request may name.
pub const MOST_SCOPES: usize = 100;

/// Longest name of one scope.
pub const LONGEST_SCOPE: usize = 128;

/// The scopes of OpenID Connect: about a signed-in user, so never for client credentials.
pub const SIGN_IN_SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// What a scope of OpenID Connect allows, as customers read it: a title and a sentence. Nothing for any other scope.
pub fn about_the_person(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        OPENID => ("Know that it is you", "It learns an id that stands for your account, to recognize you next time."),
        "profile" => ("See your profile", "Your name, and what else you have filled in, such as language and website."),
        "email" => ("See your e-mail address", "The address of your account, and that it is verified."),
        "address" => ("See your postal address", "As far as you have filled it in."),
        "phone" => ("See your telephone number", "As far as you have filled it in."),
        OFFLINE_ACCESS => ("Keep its access while you are away", "It need not ask you again until you disconnect it."),
        _ => return None,
    })
}

/// Asks for an ID token.
pub const OPENID: &str = "openid";

/// Asks for a refresh token (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Splits a `scope` parameter: names in the order asked for, each once. Surplus blanks are passed over.
///
/// # Errors
/// `invalid_scope` for more than 100 names, one over 128 characters, or a character that RFC 6749 §3.3 does not allow.
pub fn parse(text: &str) -> Result<Vec<&str>, OAuthError> {
    let mut names: Vec<&str> = Vec::new();
    for name in text.split(' ').filter(|name| !name.is_empty()) {
        if !is_scope_token(name) {
            return Err(invalid(
                "scope holds a character that is not allowed: scopes are separated by single blanks, not by commas, \
                 tabs or line ends",
            ));
        }
        if name.len() > LONGEST_SCOPE {
            return Err(invalid("a scope is longer than 128 characters"));
        }
        if !names.contains(&name) {
            if names.len() == MOST_SCOPES {
                return Err(invalid("more than 100 scopes: ask for those that this call needs"));
            }
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(invalid("scope is blank: name the scopes or leave the parameter out"));
    }
    Ok(names)
}

/// Whether a text is one scope token: `%x21 / %x23-5B / %x5D-7E`, at least one. A comma is refused too, although the
/// RFC allows it: in practice it is always a wrong separator.
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e) && b != b',')
}

pub(super) fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidScope, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_scopes_are_put_in_words() {
        assert!(SIGN_IN_SCOPES.iter().all(|name| about_the_person(name).is_some()));
        assert_eq!(about_the_person("public_api.read"), None, "an API says what its scopes allow");
    }

    #[test]
    fn splits_and_drops_repetitions() {
        assert_eq!(parse("b a  b ").expect("parses"), ["b", "a"]);
        assert_eq!(parse("studies:read public_api.read").expect("parses"), ["studies:read", "public_api.read"]);
    }

    #[test]
    fn refuses() {
        let many = (0..101).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        let long = "x".repeat(129);
        for text in [" ", "a,b", "a\tb", "a\"", "a\\", "ä", "a\n", &many, &long] {
            assert_eq!(parse(text).expect_err("is refused").code, ErrorCode::InvalidScope, "{text:?}");
        }
    }
}
