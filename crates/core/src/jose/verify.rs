//! Verifying JSON Web Signatures (RFC 7515 §5.2) as RFC 8725 asks for.
//!
//! The key decides the algorithm, the caller decides the type, the header decides only which of our keys is meant.
//! Against: `none` and HMAC with a public key (CVE-2022-29217, CVE-2024-37568), keys or their addresses inside the
//! token (CVE-2026-1529), one kind of token taken for another, truncated and extended tokens (CVE-2026-27840),
//! thousands of dots (CVE-2025-30204), several texts for one token.

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::signature::ParsedPublicKey;
use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};

use super::jwk::{JwkError, PublicJwk};
use super::{Algorithm, from_base64url};

/// Longest token that is looked at.
pub const LONGEST_TOKEN: usize = 8 * 1024;

/// Most header members; ours have three.
const MOST_MEMBERS: usize = 16;

/// Header parameters that would make the token choose its key or change how it is read, and `crit`, since we know no
/// extension.
const REFUSED: &[&str] = &["crit", "jku", "x5u", "jwk", "x5c", "b64", "zip", "enc"];

/// Why a token is refused. For logs and for the owner of the application; the caller of an API learns less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Over 8 KiB.
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not three base64url segments, or a header that is not one JSON object with each member once.
    #[error("the token is not a JWT")]
    Malformed,
    /// A header parameter that is never accepted.
    #[error("the token's header holds a parameter that is not accepted")]
    Header,
    /// `typ` is missing or another.
    #[error("the token is of another type")]
    Type,
    /// `kid` is missing or none of ours.
    #[error("the token is signed by an unknown key")]
    Key,
    /// `alg` is missing or not the key's.
    #[error("the token's algorithm is not that of its key")]
    Algorithm,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
}

/// Public keys by `kid`, parsed once.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, (Algorithm, ParsedPublicKey)>,
}

impl KeySet {
    /// Parses the keys. Refused: two keys with one `kid`.
    pub fn new(keys: &[PublicJwk]) -> Result<Self, JwkError> {
        let mut parsed = HashMap::with_capacity(keys.len());
        for key in keys {
            if parsed.insert(key.kid().to_owned(), (key.alg(), key.parse()?)).is_some() {
                return Err(JwkError::Repeated(key.kid().to_owned()));
            }
        }
        Ok(Self { keys: parsed })
    }

    /// Whether a key of this id is in the set.
    pub fn contains(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// Whether it holds exactly the keys of these ids. An id is the thumbprint of its key, so equal ids are equal keys.
    pub fn is_of<'a>(&self, mut kids: impl ExactSizeIterator<Item = &'a str>) -> bool {
        kids.len() == self.keys.len() && kids.all(|kid| self.contains(kid))
    }

    /// Checks everything but time, issuer and audience, and gives the claims as JSON bytes. Read them into a derived
    /// struct: it refuses a claim that is there twice.
    pub fn verify(&self, token: &str, typ: &str) -> Result<Vec<u8>, VerifyError> {
        if token.len() > LONGEST_TOKEN {
            return Err(VerifyError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(VerifyError::Malformed)?;
        // A further dot is inside `claims` and no letter of the alphabet, so it ends at the decoder.
        let header = Header::parse(&decode(header)?)?;
        let (alg, key) = header.choose(&self.keys, typ)?;
        let claims = decode(claims)?;
        let signature = decode(signature)?;
        if header.alg.as_deref() != Some(alg.as_str()) {
            return Err(VerifyError::Algorithm);
        }
        key.verify_sig(message.as_bytes(), &signature).map_err(|_| VerifyError::Signature)?;
        Ok(claims)
    }
}

fn decode(segment: &str) -> Result<Vec<u8>, VerifyError> {
    from_base64url(segment).ok_or(VerifyError::Malformed)
}

/// What is read of a header.
#[derive(Default)]
struct Header {
    alg: Option<String>,
    typ: Option<String>,
    kid: Option<String>,
    refused: bool,
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, VerifyError> {
        let header: Self = serde_json::from_slice(json).map_err(|_| VerifyError::Malformed)?;
        if header.refused { Err(VerifyError::Header) } else { Ok(header) }
    }

    fn choose<'a>(
        &self,
        keys: &'a HashMap<String, (Algorithm, ParsedPublicKey)>,
        typ: &str,
    ) -> Result<&'a (Algorithm, ParsedPublicKey), VerifyError> {
        if !self.typ.as_deref().is_some_and(|found| is_type(found, typ)) {
            return Err(VerifyError::Type);
        }
        self.kid.as_ref().and_then(|kid| keys.get(kid)).ok_or(VerifyError::Key)
    }
}

/// Media types compare without case, and `application/` may be left out (RFC 7515 §4.1.9).
fn is_type(found: &str, wanted: &str) -> bool {
    let short = match found.split_at_checked(12) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => found,
    };
    short.eq_ignore_ascii_case(wanted)
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    /// Refuses a member that is there twice, known or not: readers that take the first and readers that take the last
    /// would otherwise see different tokens.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut seen: Vec<String> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if seen.contains(&name) || seen.len() == MOST_MEMBERS {
                return Err(A::Error::custom("repeated member or too many"));
            }
            match name.as_str() {
                "alg" => header.alg = Some(map.next_value()?),
                "typ" => header.typ = Some(map.next_value()?),
                "kid" => header.kid = Some(map.next_value()?),
                other => {
                    header.refused |= REFUSED.contains(&other);
                    map.next_value::<IgnoredAny>()?;
                }
            }
            seen.push(name);
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests;
