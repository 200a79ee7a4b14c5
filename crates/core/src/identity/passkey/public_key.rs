//! Public keys of passkeys in COSE (RFC 9052 §7, RFC 9053, RFC 8230) and their signatures.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};

use super::PasskeyError;
use super::cbor::{self, Value};

/// What is asked for, the best first: EdDSA, ES256, RS256 (the IANA registry of COSE algorithms).
pub const ALGORITHMS: [i64; 3] = [-8, -7, -257];

/// Longer than an RSA key of 8,192 bits.
const LONGEST: usize = 2_048;

/// A key that can verify.
pub(super) enum PublicKey<'a> {
    Curve(ParsedPublicKey),
    Rsa(PublicKeyComponents<&'a [u8]>),
}

impl<'a> PublicKey<'a> {
    /// Reads a COSE key whose type, curve and algorithm go together.
    pub(super) fn read(cose: &'a [u8]) -> Result<Self, PasskeyError> {
        if cose.len() > LONGEST {
            return Err(PasskeyError::PublicKey);
        }
        let key = cbor::only(cose)?;
        Self::of(&key).ok_or(PasskeyError::PublicKey)
    }

    fn of(key: &Value<'a>) -> Option<Self> {
        let number = |label| match key.integer_key(label) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        let bytes = |label| key.integer_key(label).and_then(Value::bytes);
        match (number(1)?, number(3)?) {
            // OKP, EdDSA, Ed25519.
            (1, -8) if number(-1) == Some(6) => ParsedPublicKey::new(&ED25519, bytes(-2)?).ok().map(Self::Curve),
            // EC2, ES256, P-256; both coordinates, for the compressed form is not allowed (§5.8.5).
            (2, -7) if number(-1) == Some(1) => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let point = [&[4], x, y].concat();
                let right = x.len() == 32 && y.len() == 32;
                right.then(|| ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok())?.map(Self::Curve)
            }
            // RSA, RS256.
            (3, -257) => Some(Self::Rsa(PublicKeyComponents { n: bytes(-1)?, e: bytes(-2)? })).filter(Self::is_key),
            _ => None,
        }
    }

    fn is_key(&self) -> bool {
        match self {
            Self::Curve(_) => true,
            // Whether it is one is found out by the verification; this keeps out what can never be.
            Self::Rsa(key) => key.n.len() >= 256 && key.e.last().is_some_and(|byte| byte & 1 == 1),
        }
    }

    /// Whether it made the signature.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PasskeyError> {
        let right = match self {
            Self::Curve(key) => key.verify_sig(message, signature).is_ok(),
            Self::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok(),
        };
        if right { Ok(()) } else { Err(PasskeyError::Signature) }
    }
}
