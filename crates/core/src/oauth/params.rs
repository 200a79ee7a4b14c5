//! `application/x-www-form-urlencoded` parameters of protocol requests (RFC 6749 §3.1, §3.2, Appendix B).
//!
//! Unknown parameters are ignored, a repeated one is refused (except `resource` and `audience`, RFC 8707 §2 and
//! RFC 8693 §2.1), one without a value counts as absent. Repetition is how one reader is made to see another value
//! than the next.

use std::borrow::Cow;

use super::error::OAuthError;

/// More parameters than any client sends.
const MOST: usize = 100;

/// The parameters of one request, in the order in which they came.
#[derive(Debug)]
pub struct Params<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Params<'a> {
    /// Parses a body or a query.
    ///
    /// # Errors
    /// `invalid_request` when it is not UTF-8 (before or after percent-decoding), holds NUL, repeats a parameter, or
    /// has more than 100.
    pub fn parse(input: &'a [u8]) -> Result<Self, OAuthError> {
        let text = std::str::from_utf8(input).map_err(|_| not_utf8())?;
        let mut pairs: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(8);
        for piece in text.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if pairs.len() == MOST {
                return Err(OAuthError::invalid_request("more than 100 parameters: send only those that are needed"));
            }
            if !may_repeat(&name) && pairs.iter().any(|(known, _)| *known == name) {
                return Err(repeated(&name));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter; `None` when it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_ref())
    }

    /// Every non-empty value of a parameter that may be repeated.
    pub fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_ref())
    }

    /// The first of these names that is there, with or without a value.
    pub fn first_of(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.0.iter().any(|(known, _)| known == name))
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte. A `%` without two digits stands for itself (WHATWG URL).
///
/// # Errors
/// `invalid_request` when the bytes are not UTF-8 or hold NUL.
pub fn decode(text: &str) -> Result<Cow<'_, str>, OAuthError> {
    let decoded = if text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        Cow::Owned(String::from_utf8(decode_bytes(text.as_bytes())).map_err(|_| not_utf8())?)
    } else {
        Cow::Borrowed(text)
    };
    if decoded.contains('\0') {
        return Err(OAuthError::invalid_request("a parameter holds a NUL character: remove it"));
    }
    Ok(decoded)
}

fn decode_bytes(bytes: &[u8]) -> Vec<u8> {
    let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'+', ..) => out.push(b' '),
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 2;
            }
            _ => out.push(*byte),
        }
        at += 1;
    }
    out
}

fn may_repeat(name: &str) -> bool {
    matches!(name, "resource" | "audience")
}

fn not_utf8() -> OAuthError {
    OAuthError::invalid_request("the parameters are not UTF-8: encode them as UTF-8 and percent-encode the bytes")
}

fn repeated(name: &str) -> OAuthError {
    // Only names that the protocol knows are repeated in the answer: nothing of the caller's is reflected.
    const KNOWN: &[&str] = &["grant_type", "client_id", "client_secret", "scope", "client_assertion"];
    match KNOWN.iter().find(|known| **known == name) {
        Some(known) => OAuthError::invalid_request(format!("the parameter {known} is repeated: send it once")),
        None => OAuthError::invalid_request("a parameter is repeated: send each one once"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_clients_send() {
        let params = Params::parse(b"grant_type=client_credentials&scope=a+b%20c&empty=&resource=x&resource=y&flag")
            .expect("parses");
        assert_eq!(params.get("grant_type"), Some("client_credentials"));
        assert_eq!(params.get("scope"), Some("a b c"));
        assert_eq!(params.get("empty"), None);
        assert_eq!(params.get("absent"), None);
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(params.first_of(&["none", "flag"]), Some("flag"));
    }

    #[test]
    fn refuses_what_readers_could_see_differently() {
        let cases: &[(&[u8], &str)] = &[
            (b"scope=a&scope=b", "the parameter scope is repeated: send it once"),
            (b"scope=&scope=b", "the parameter scope is repeated: send it once"),
            (b"sc%6fpe=a&scope=b", "the parameter scope is repeated: send it once"),
            (b"<x>=1&<x>=2", "a parameter is repeated: send each one once"),
            (b"a=%00", "a parameter holds a NUL character: remove it"),
            (b"a=\xff", "the parameters are not UTF-8: encode them as UTF-8 and percent-encode the bytes"),
            (b"a=%ff", "the parameters are not UTF-8: encode them as UTF-8 and percent-encode the bytes"),
        ];
        for (input, text) in cases {
            let error = Params::parse(input).expect_err("is refused");
            assert_eq!(error.description, *text, "{}", String::from_utf8_lossy(input));
        }
        let many = (0..101).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Params::parse(many.as_bytes()).is_err());
    }

    #[test]
    fn a_lone_percent_sign_stands_for_itself() {
        assert_eq!(decode("100%").expect("decodes"), "100%");
        assert_eq!(decode("%zz%4").expect("decodes"), "%zz%4");
        assert_eq!(decode("%+1").expect("decodes"), "% 1");
    }

    proptest! {
        #[test]
        fn any_value_comes_back(value in "[^\\x00]{0,60}") {
            let body = form_urlencoded::Serializer::new(String::new()).append_pair("v", &value).finish();
            let params = Params::parse(body.as_bytes()).expect("parses");
            prop_assert_eq!(params.get("v").unwrap_or_default(), value);
        }

        #[test]
        fn any_bytes_are_safe(input: Vec<u8>) {
            let _ = Params::parse(&input);
        }
    }
}
