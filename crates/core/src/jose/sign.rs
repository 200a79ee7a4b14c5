//! Private keys and JSON Web Signatures in compact form (RFC 7515 §7.1, RFC 7518 §3, RFC 8037 §3.1).
//!
//! A key is parsed once and kept: parsing costs more than signing.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::jwk::{JwkError, PublicJwk};
use super::{Algorithm, base64url};

/// What can go wrong with a private key.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The bytes are no private key of the algorithm.
    #[error("not a PKCS#8 private key for {0}")]
    Rejected(Algorithm),
    /// The cryptographic library failed at something that cannot fail on good keys.
    #[error("the cryptographic library refused to {0}")]
    Library(&'static str),
    /// The public half cannot be written.
    #[error(transparent)]
    Public(#[from] JwkError),
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
}

/// A private key, ready to sign.
pub struct SigningKey {
    pair: Pair,
    public: PublicJwk,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// A new key. RSA (2048 bits) takes up to a second of one core: call it where nothing waits.
    ///
    /// The bytes come from the cryptographic library's own generator: it is the one source of randomness that cannot
    /// be injected, since the library makes EC and RSA keys no other way.
    pub fn generate(alg: Algorithm) -> Result<Self, SignError> {
        const WHAT: SignError = SignError::Library("generate a key");
        let pair = match alg {
            Algorithm::Es256 => Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| WHAT)?),
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().map_err(|_| WHAT)?),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| WHAT)?),
        };
        Self::from_pair(pair)
    }

    /// Reads a PKCS#8 document, checking that it is a key of this algorithm.
    pub fn from_pkcs8(alg: Algorithm, pkcs8: &[u8]) -> Result<Self, SignError> {
        let rejected = |_| SignError::Rejected(alg);
        Self::from_pair(match alg {
            Algorithm::Es256 => {
                Pair::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(rejected)?)
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(rejected)?),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?),
        })
    }

    fn from_pair(pair: Pair) -> Result<Self, SignError> {
        let public = match &pair {
            Pair::P256(key) => PublicJwk::from_p256_point(key.public_key().as_ref())?,
            Pair::Ed25519(key) => PublicJwk::from_ed25519(key.public_key().as_ref())?,
            Pair::Rsa(key) => PublicJwk::from_rsa(
                key.public_key().modulus().big_endian_without_leading_zero(),
                key.public_key().exponent().big_endian_without_leading_zero(),
            )?,
        };
        Ok(Self { pair, public })
    }

    /// The PKCS#8 document, to be encrypted and stored; wiped when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SignError> {
        const WHAT: SignError = SignError::Library("write a key");
        let bytes = match &self.pair {
            Pair::P256(key) => key.to_pkcs8v1().map_err(|_| WHAT)?.as_ref().to_vec(),
            Pair::Ed25519(key) => key.to_pkcs8().map_err(|_| WHAT)?.as_ref().to_vec(),
            Pair::Rsa(key) => key.as_der().map_err(|_| WHAT)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(bytes))
    }

    /// The key id: the thumbprint of the public key.
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// The one algorithm of this key.
    pub const fn alg(&self) -> Algorithm {
        self.public.alg()
    }

    /// The public half.
    pub const fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    /// The JWS signature over `message`: for ES256 `r ‖ s` (RFC 7518 §3.4), never DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        const WHAT: SignError = SignError::Library("sign");
        // The library ignores the generator given here: nonces come from its own.
        match &self.pair {
            Pair::P256(key) => {
                key.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec()).map_err(|_| WHAT)
            }
            Pair::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
            Pair::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| WHAT)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.alg(), self.kid())
    }
}

/// A signed JWT: header `alg`, `typ`, `kid`, the claims, the signature.
pub fn jwt(key: &SigningKey, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
    let mut message = header(key, typ);
    message.push('.');
    message.push_str(&base64url(&serde_json::to_vec(claims)?));
    let signature = key.sign(message.as_bytes())?;
    message.push('.');
    message.push_str(&base64url(&signature));
    Ok(message)
}

/// The encoded header of tokens of this type by this key.
fn header(key: &SigningKey, typ: &str) -> String {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: Algorithm,
        typ: &'a str,
        kid: &'a str,
    }
    let header = Header { alg: key.alg(), typ, kid: key.kid() };
    // Three texts always serialize.
    base64url(&serde_json::to_vec(&header).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::from_base64url;

    /// RFC 8037 appendix A.1: the private key of RFC 8032 §7.1 test 1.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn rfc8037() -> SigningKey {
        let seed = from_base64url(SEED).expect("decodes");
        let public = from_base64url(PUBLIC).expect("decodes");
        let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &public).expect("is a key");
        SigningKey::from_pair(Pair::Ed25519(pair)).expect("is a key")
    }

    #[test]
    fn signs_as_rfc_8037_appendix_a_4() {
        let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = rfc8037().sign(message.as_bytes()).expect("signs");
        assert_eq!(
            base64url(&signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert_eq!(rfc8037().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn keys_come_back_from_pkcs8() {
        for alg in Algorithm::ALL {
            let key = SigningKey::generate(*alg).expect("generates");
            assert_eq!(key.alg(), *alg);
            assert_eq!(key.kid(), key.public_jwk().thumbprint());
            let pkcs8 = key.to_pkcs8().expect("writes");
            let again = SigningKey::from_pkcs8(*alg, &pkcs8).expect("reads");
            assert_eq!(again.public_jwk(), key.public_jwk());
            for other in Algorithm::ALL.iter().filter(|other| *other != alg) {
                assert!(SigningKey::from_pkcs8(*other, &pkcs8).is_err(), "{alg} read as {other}");
            }
            assert!(SigningKey::from_pkcs8(*alg, &pkcs8[..pkcs8.len() - 1]).is_err());
        }
    }

    #[test]
    fn es256_is_r_and_s() {
        let key = SigningKey::generate(Algorithm::Es256).expect("generates");
        for n in 0..64_u8 {
            assert_eq!(key.sign(&[n]).expect("signs").len(), 64);
        }
    }

    #[test]
    fn shows_nothing_private() {
        let text = format!("{:?}", rfc8037());
        assert_eq!(text, "SigningKey(EdDSA kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k)");
    }
}
