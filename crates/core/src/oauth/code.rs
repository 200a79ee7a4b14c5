//! Authorization codes (RFC 6749 §4.1; OAuth 2.1 draft §4.1; RFC 9700 §2.1.1).

use super::error::OAuthError;
use super::pkce;
use crate::id::GrantId;
use crate::time::Timestamp;

/// A code as stored; its value is known as a hash alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What it stands for: server, application, customer, scopes.
    pub grant_id: GrantId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the authorization request named that address.
    pub redirect_uri_sent: bool,
    /// S256; `None` where an operator has switched PKCE off.
    pub code_challenge: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Not good from then on.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub used_at: Option<Timestamp>,
}

impl Code {
    /// Checks `redirect_uri` and `code_verifier` of a token request. Whether the code is used or has expired is decided
    /// by the statement that uses it up.
    ///
    /// `redirect_uri` must be repeated when the authorization request had it (RFC 6749 §4.1.3); a client of OAuth 2.1
    /// may leave it out where PKCE does its work.
    ///
    /// # Errors
    /// `invalid_grant`.
    pub fn check(&self, redirect_uri: Option<&str>, code_verifier: Option<&str>) -> Result<(), OAuthError> {
        match redirect_uri {
            Some(sent) if sent != self.redirect_uri => {
                return Err(OAuthError::invalid_grant(
                    "redirect_uri is not the one of the authorization request: send the same, byte for byte",
                ));
            }
            None if self.redirect_uri_sent && self.code_challenge.is_none() => {
                return Err(OAuthError::invalid_grant("redirect_uri is missing: the authorization request had one"));
            }
            Some(_) | None => {}
        }
        pkce::verify(self.code_challenge.as_deref(), code_verifier)
            .map_err(|error| OAuthError::invalid_grant(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn code(challenge: Option<&str>, sent: bool) -> Code {
        let now = Timestamp::from_secs(1);
        Code {
            grant_id: GrantId::new(now, &SeededRandom::new(1)),
            redirect_uri: "https://a.example/cb".into(),
            redirect_uri_sent: sent,
            code_challenge: challenge.map(str::to_owned),
            created_at: now,
            expires_at: now.plus_secs(60),
            used_at: None,
        }
    }

    #[test]
    fn needs_what_the_authorization_request_had() {
        const HERE: Option<&str> = Some("https://a.example/cb");
        let with = code(Some(CHALLENGE), true);
        assert_eq!(with.check(HERE, Some(VERIFIER)), Ok(()));
        assert_eq!(with.check(None, Some(VERIFIER)), Ok(()), "OAuth 2.1");
        assert!(with.check(HERE, None).is_err());
        assert!(with.check(Some("https://a.example/cb/"), Some(VERIFIER)).is_err());
        let without = code(None, true);
        assert_eq!(without.check(HERE, None), Ok(()));
        assert!(without.check(None, None).is_err());
        assert!(without.check(HERE, Some(VERIFIER)).is_err());
        assert_eq!(code(None, false).check(None, None), Ok(()), "the only registered one was meant");
        assert!(code(None, false).check(Some("https://b.example/"), None).is_err());
    }
}
