//! Proof Key for Code Exchange (RFC 7636), with S256 alone: `plain` proves nothing to who reads the request.

use aws_lc_rs::digest;
use subtle::ConstantTimeEq;

use super::error::OAuthError;
use super::params::Params;
use crate::jose::base64url;

/// Characters of an S256 challenge: SHA-256 in base64url.
const CHALLENGE: usize = 43;

/// The `code_challenge` of an authorization request (§4.3).
///
/// # Errors
/// `invalid_request` for another method than `S256`, a missing method (its default is `plain`), a method alone, or a
/// challenge of another form.
pub fn challenge(params: &Params<'_>) -> Result<Option<String>, OAuthError> {
    let method = params.get("code_challenge_method");
    let Some(challenge) = params.get("code_challenge") else {
        return match method {
            Some(_) => Err(OAuthError::invalid_request("code_challenge_method was sent without code_challenge")),
            None => Ok(None),
        };
    };
    if method != Some("S256") {
        return Err(OAuthError::invalid_request("send code_challenge_method=S256: no other method is accepted"));
    }
    if challenge.len() != CHALLENGE || !challenge.bytes().all(is_base64url) {
        return Err(OAuthError::invalid_request(
            "code_challenge is not the SHA-256 of the verifier in base64url without padding: it has 43 characters",
        ));
    }
    Ok(Some(challenge.to_owned()))
}

/// Why a verifier does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// The authorization request had a challenge.
    #[error("code_verifier is missing: the authorization request had a code_challenge")]
    Missing,
    /// It had none (RFC 9700 §4.8.2: else a stripped challenge goes unnoticed; CVE-2024-23647).
    #[error("code_verifier was sent, but the authorization request had no code_challenge")]
    Unexpected,
    /// Not 43 to 128 unreserved characters (§4.1).
    #[error("code_verifier must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~")]
    Form,
    /// Its hash is another.
    #[error("code_verifier does not fit the code_challenge of the authorization request")]
    Wrong,
}

/// Compares verifier and challenge (§4.6); each without the other is refused.
pub fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), VerifierError> {
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err(VerifierError::Missing),
        (None, Some(_)) => return Err(VerifierError::Unexpected),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    let unreserved = |byte: u8| is_base64url(byte) || matches!(byte, b'.' | b'~');
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return Err(VerifierError::Form);
    }
    let expected = base64url(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref());
    if bool::from(expected.as_bytes().ct_eq(challenge.as_bytes())) { Ok(()) } else { Err(VerifierError::Wrong) }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn fits_as_in_the_rfc() {
        assert_eq!(verify(Some(CHALLENGE), Some(VERIFIER)), Ok(()));
        assert_eq!(verify(None, None), Ok(()));
    }

    #[test]
    fn refuses_everything_else() {
        let other = "x".repeat(43);
        let cases = [
            (Some(CHALLENGE), None, VerifierError::Missing),
            (None, Some(VERIFIER), VerifierError::Unexpected),
            (Some(CHALLENGE), Some(other.as_str()), VerifierError::Wrong),
            (Some(CHALLENGE), Some(&VERIFIER[1..]), VerifierError::Form),
            (Some(CHALLENGE), Some(CHALLENGE), VerifierError::Wrong),
            (Some(CHALLENGE), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX "), VerifierError::Form),
        ];
        for (challenge, verifier, error) in cases {
            assert_eq!(verify(challenge, verifier), Err(error), "{verifier:?}");
        }
        assert_eq!(verify(Some(CHALLENGE), Some(&"x".repeat(129))), Err(VerifierError::Form));
    }

    #[test]
    fn takes_s256_alone() {
        let read = |query: &str| challenge(&Params::parse(query.as_bytes()).expect("parses"));
        let good = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert_eq!(read(&good), Ok(Some(CHALLENGE.to_owned())));
        assert_eq!(read("state=a"), Ok(None));
        for bad in [
            format!("code_challenge={CHALLENGE}"),
            format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
            format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
            "code_challenge_method=S256".to_owned(),
            "code_challenge=short&code_challenge_method=S256".to_owned(),
            format!("code_challenge={}%3D&code_challenge_method=S256", &CHALLENGE[1..]),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
