//! Public keys as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2) and their thumbprints (RFC 7638).
//!
//! The algorithm is fixed per key: a key that could be used with several is the way into algorithm confusion.

use aws_lc_rs::digest;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Algorithm, base64url, from_base64url};

/// Longest RSA modulus in bytes: verifying with a larger one is a way to keep a core busy.
const LONGEST_MODULUS: usize = 512;

/// Shortest RSA modulus in bytes (RFC 7518 §3.3: 2048 bits).
const SHORTEST_MODULUS: usize = 256;

/// Longest key id that is accepted from elsewhere.
const LONGEST_KID: usize = 256;

/// Why a JWK is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// A member is missing, has a wrong value, or does not fit the others.
    #[error("JWK member `{0}` is missing or wrong")]
    Member(&'static str),
    /// A private key where a public one belongs.
    #[error("the JWK holds a private key: publish only the public part, and replace this key")]
    Private,
    /// Not a point of the curve, not a usable modulus.
    #[error("the JWK is no valid key of its type")]
    Invalid,
    /// Two keys of a set have the same `kid`.
    #[error("two keys have the key id {0}")]
    Repeated(String),
}

/// A public key with its id and its one algorithm. Serializes as a member of a JWKS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    kid: String,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicJwk {
    /// From an uncompressed point of P-256 (`04 ‖ x ‖ y`); the thumbprint is the `kid`.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, JwkError> {
        let (x, y) = match point {
            [4, coordinates @ ..] if coordinates.len() == 64 => coordinates.split_at(32),
            _ => return Err(JwkError::Invalid),
        };
        Self::from_material(Material::P256 { x: fixed(x, "x")?, y: fixed(y, "y")? })
    }

    /// From the 32 bytes of an Ed25519 public key; the thumbprint is the `kid`.
    pub fn from_ed25519(x: &[u8]) -> Result<Self, JwkError> {
        Self::from_material(Material::Ed25519 { x: fixed(x, "x")? })
    }

    /// From modulus and exponent, big-endian without leading zeros; the thumbprint is the `kid`.
    pub fn from_rsa(n: &[u8], e: &[u8]) -> Result<Self, JwkError> {
        Self::from_material(Material::Rsa { n: n.to_vec(), e: e.to_vec() })
    }

    fn from_material(material: Material) -> Result<Self, JwkError> {
        let kid = material.thumbprint();
        material.parse()?;
        Ok(Self { kid, material })
    }

    /// Key id. For our own keys the thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm of this key.
    pub const fn alg(&self) -> Algorithm {
        match self.material {
            Material::P256 { .. } => Algorithm::Es256,
            Material::Ed25519 { .. } => Algorithm::EdDsa,
            Material::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// The thumbprint of the key itself, whatever its `kid`.
    pub fn thumbprint(&self) -> String {
        self.material.thumbprint()
    }

    /// Ready to verify with. Done once per key, never per signature.
    pub(super) fn parse(&self) -> Result<ParsedPublicKey, JwkError> {
        self.material.parse()
    }
}

/// The thumbprint of a key (RFC 7638 with SHA-256, base64url).
pub fn thumbprint(key: &PublicJwk) -> String {
    key.thumbprint()
}

impl Material {
    /// The required members in lexicographic order without blanks (RFC 7638 §3.3; RFC 8037 §2 for OKP).
    fn thumbprint(&self) -> String {
        let canonical = match self {
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, base64url(x), base64url(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(x)),
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url(e), base64url(n)),
        };
        base64url(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    }

    fn parse(&self) -> Result<ParsedPublicKey, JwkError> {
        match self {
            Self::P256 { x, y } => {
                let mut point = vec![4];
                point.extend_from_slice(x);
                point.extend_from_slice(y);
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| JwkError::Invalid)
            }
            Self::Ed25519 { x } => ParsedPublicKey::new(&ED25519, x).map_err(|_| JwkError::Invalid),
            Self::Rsa { n, e } => {
                check_rsa(n, e)?;
                PublicKeyComponents { n: n.as_slice(), e: e.as_slice() }
                    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                    .map_err(|_| JwkError::Invalid)
            }
        }
    }
}

/// Sizes within which verifying is both safe and cheap.
fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), JwkError> {
    let full = n.first().is_some_and(|first| *first >= 0x80) || n.len() > SHORTEST_MODULUS;
    if n.first() == Some(&0) || n.len() < SHORTEST_MODULUS || n.len() > LONGEST_MODULUS || !full {
        return Err(JwkError::Member("n"));
    }
    // Odd, above 2^16 as NIST asks for, and short enough that verifying stays cheap.
    let value = e.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    if e.first() == Some(&0) || e.len() > 4 || value < 65_537 || value % 2 == 0 {
        return Err(JwkError::Member("e"));
    }
    Ok(())
}

fn fixed(bytes: &[u8], member: &'static str) -> Result<[u8; 32], JwkError> {
    bytes.try_into().map_err(|_| JwkError::Member(member))
}

/// The members that are written, and those that are looked at when reading. Others are ignored (RFC 7517 §4); a
/// repeated one of these is refused by serde.
#[derive(Default, Serialize, Deserialize)]
struct Members {
    kty: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing)]
    d: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    p: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    q: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    k: Option<IgnoredAny>,
}

impl Members {
    fn bytes(text: Option<&String>, member: &'static str) -> Result<Vec<u8>, JwkError> {
        text.and_then(|text| from_base64url(text)).ok_or(JwkError::Member(member))
    }

    fn material(&self) -> Result<Material, JwkError> {
        match (self.kty.as_deref(), self.crv.as_deref()) {
            (Some("EC"), Some("P-256")) => Ok(Material::P256 {
                x: fixed(&Self::bytes(self.x.as_ref(), "x")?, "x")?,
                y: fixed(&Self::bytes(self.y.as_ref(), "y")?, "y")?,
            }),
            (Some("OKP"), Some("Ed25519")) => {
                Ok(Material::Ed25519 { x: fixed(&Self::bytes(self.x.as_ref(), "x")?, "x")? })
            }
            (Some("RSA"), None) => {
                Ok(Material::Rsa { n: Self::bytes(self.n.as_ref(), "n")?, e: Self::bytes(self.e.as_ref(), "e")? })
            }
            (Some("EC" | "OKP"), _) => Err(JwkError::Member("crv")),
            _ => Err(JwkError::Member("kty")),
        }
    }
}

impl TryFrom<Members> for PublicJwk {
    type Error = JwkError;

    fn try_from(members: Members) -> Result<Self, JwkError> {
        if members.d.is_some() || members.p.is_some() || members.q.is_some() || members.k.is_some() {
            return Err(JwkError::Private);
        }
        if members.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(JwkError::Member("use"));
        }
        let material = members.material()?;
        material.parse()?;
        let kid = members.kid.filter(|kid| (1..=LONGEST_KID).contains(&kid.len())).ok_or(JwkError::Member("kid"))?;
        let key = Self { kid, material };
        if members.alg.as_deref() != Some(key.alg().as_str()) {
            return Err(JwkError::Member("alg"));
        }
        Ok(key)
    }
}

impl Serialize for PublicJwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = Members {
            usage: Some("sig".to_owned()),
            alg: Some(self.alg().as_str().to_owned()),
            kid: Some(self.kid.clone()),
            ..Members::default()
        };
        let kty = match &self.material {
            Material::P256 { x, y } => {
                members.crv = Some("P-256".to_owned());
                members.x = Some(base64url(x));
                members.y = Some(base64url(y));
                "EC"
            }
            Material::Ed25519 { x } => {
                members.crv = Some("Ed25519".to_owned());
                members.x = Some(base64url(x));
                "OKP"
            }
            Material::Rsa { n, e } => {
                members.n = Some(base64url(n));
                members.e = Some(base64url(e));
                "RSA"
            }
        };
        members.kty = Some(kty.to_owned());
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublicJwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Members::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
