//! Private keys at rest: AES-256-GCM under the operator's key-encryption keys.
//!
//! A sealed value is `01 ‖ key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The first key of the list seals, every
//! key of it opens, so that an operator changes keys by putting a new one in front. The additional data binds a value
//! to its row: a sealed key moved to another server, algorithm or `kid` does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::Algorithm;
use super::sign::{SignError, SigningKey};

const VERSION: u8 = 1;
const ID_LEN: usize = 8;
const HEAD: usize = 1 + ID_LEN + NONCE_LEN;

/// What operators paste comes from `openssl rand -base64 32` and the like: padding is optional.
const LAX: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Why something cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum EncryptionError {
    /// No key at all.
    #[error("there is no key-encryption key")]
    NoKeys,
    /// A configured key is not 32 bytes in base64.
    #[error("a key-encryption key is 32 random bytes in base64, as `openssl rand -base64 32` writes them")]
    BadKey,
    /// One key is in the list twice.
    #[error("the same key-encryption key is given twice")]
    Repeated,
    /// Sealed under a key that is not in the list.
    #[error("sealed under the key-encryption key {0}, which is not configured")]
    UnknownKey(String),
    /// Changed, cut, or of another row.
    #[error("the sealed value was changed or belongs to another row")]
    Refused,
    /// What came out is no key.
    #[error(transparent)]
    Key(#[from] SignError),
}

/// The operator's key-encryption keys: the first seals, all open.
pub struct KeyEncryptionKeys {
    keys: Vec<Ring>,
}

/// One of them.
struct Ring {
    id: [u8; ID_LEN],
    seals: LessSafeKey,
    /// Other keys come of it (RFC 5869), never the key itself.
    derives: Prk,
}

impl KeyEncryptionKeys {
    /// From 32 bytes each.
    pub fn new(keys: &[Zeroizing<[u8; 32]>]) -> Result<Self, EncryptionError> {
        let mut all: Vec<Ring> = Vec::with_capacity(keys.len());
        for bytes in keys {
            let id = id_of(bytes);
            if all.iter().any(|other| other.id == id) {
                return Err(EncryptionError::Repeated);
            }
            let key = UnboundKey::new(&AES_256_GCM, bytes.as_slice()).map_err(|_| EncryptionError::BadKey)?;
            let derives = Salt::new(HKDF_SHA256, b"gatehouse derived keys").extract(bytes.as_slice());
            all.push(Ring { id, seals: LessSafeKey::new(key), derives });
        }
        if all.is_empty() { Err(EncryptionError::NoKeys) } else { Ok(Self { keys: all }) }
    }

    /// From base64, as configured: either alphabet, with or without padding.
    pub fn from_base64<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, EncryptionError> {
        let keys: Result<Vec<_>, _> = keys.into_iter().map(parse).collect();
        Self::new(&keys?)
    }

    /// The id of the key that seals, as lists show it and rows keep it.
    pub fn sealing_id(&self) -> String {
        self.keys.first().map(|key| hex(&key.id)).unwrap_or_default()
    }

    /// 32 bytes for another purpose, one per key and the sealing key's first (HKDF, RFC 5869). `purpose` is a fixed text
    /// of ours, `of` says what for; what is made with one key is still recognized after another was put in front.
    pub fn derive(&self, purpose: &str, of: &[u8]) -> Vec<Zeroizing<[u8; 32]>> {
        let one = |key: &Ring| {
            let mut out = Zeroizing::new([0; 32]);
            // A length is in between, so that no purpose and text run into another purpose's.
            let length = (purpose.len() as u64).to_be_bytes();
            let filled = key
                .derives
                .expand(&[&length, purpose.as_bytes(), of], HKDF_SHA256)
                .and_then(|okm| okm.fill(out.as_mut_slice()));
            filled.ok().map(|()| out)
        };
        self.keys.iter().filter_map(one).collect()
    }

    /// Seals under the first key. A nonce must never be used twice: 12 random bytes.
    pub fn seal(&self, aad: &[u8], plaintext: &[u8], nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, EncryptionError> {
        let Ring { id, seals: key, .. } = self.keys.first().ok_or(EncryptionError::NoKeys)?;
        let mut out = Vec::with_capacity(HEAD + plaintext.len() + AES_256_GCM.tag_len());
        out.push(VERSION);
        out.extend_from_slice(id);
        out.extend_from_slice(&nonce);
        let mut sealed = Zeroizing::new(plaintext.to_vec());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut *sealed)
            .map_err(|_| EncryptionError::Refused)?;
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what any of the keys sealed with the same additional data.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EncryptionError> {
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(EncryptionError::Refused)?;
        let (id, nonce) = head[1..].split_at(ID_LEN);
        if head[0] != VERSION {
            return Err(EncryptionError::Refused);
        }
        let Ring { seals: key, .. } =
            self.keys.iter().find(|key| key.id == id).ok_or_else(|| EncryptionError::UnknownKey(hex(id)))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| EncryptionError::Refused)?;
        let mut buffer = Zeroizing::new(body.to_vec());
        let length = key.open_in_place(nonce, Aad::from(aad), &mut buffer).map_err(|_| EncryptionError::Refused)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

impl fmt::Debug for KeyEncryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyEncryptionKeys({} keys, {} seals)", self.keys.len(), self.sealing_id())
    }
}

/// Seals a server's private key for its row.
pub fn seal_signing_key(
    keys: &KeyEncryptionKeys,
    server: &str,
    key: &SigningKey,
    nonce: [u8; NONCE_LEN],
) -> Result<Vec<u8>, EncryptionError> {
    keys.seal(&additional_data(server, key.alg(), key.kid()), &key.to_pkcs8()?, nonce)
}

/// Opens a server's private key, checking that it is the one its row speaks of.
pub fn open_signing_key(
    keys: &KeyEncryptionKeys,
    server: &str,
    (alg, kid): (Algorithm, &str),
    sealed: &[u8],
) -> Result<SigningKey, EncryptionError> {
    let key = SigningKey::from_pkcs8(alg, &keys.open(&additional_data(server, alg, kid), sealed)?)?;
    if key.kid() == kid { Ok(key) } else { Err(EncryptionError::Refused) }
}

/// None of the parts can hold a line end.
fn additional_data(server: &str, alg: Algorithm, kid: &str) -> Vec<u8> {
    format!("gatehouse signing key\n{server}\n{alg}\n{kid}").into_bytes()
}

/// Names a key without telling anything of it.
fn id_of(key: &[u8; 32]) -> [u8; ID_LEN] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"gatehouse key-encryption key id\n");
    context.update(key);
    let mut id = [0; ID_LEN];
    id.copy_from_slice(&context.finish().as_ref()[..ID_LEN]);
    id
}

fn parse(text: &str) -> Result<Zeroizing<[u8; 32]>, EncryptionError> {
    let text = text.trim();
    let alphabet = if text.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let bytes = Zeroizing::new(GeneralPurpose::new(alphabet, LAX).decode(text).map_err(|_| EncryptionError::BadKey)?);
    let array: [u8; 32] = bytes.as_slice().try_into().map_err(|_| EncryptionError::BadKey)?;
    Ok(Zeroizing::new(array))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn keys(all: &[&str]) -> KeyEncryptionKeys {
        KeyEncryptionKeys::from_base64(all.iter().copied()).expect("are keys")
    }

    /// 32 bytes of ones in the URL-safe alphabet, without padding.
    fn new_key() -> String {
        format!("{}8", "_".repeat(42))
    }

    #[test]
    fn the_first_seals_and_all_open() {
        let new = new_key();
        let sealed = keys(&[OLD]).seal(b"row", b"secret", [7; 12]).expect("seals");
        let both = keys(&[&new, OLD]);
        assert_eq!(both.open(b"row", &sealed).expect("opens").as_slice(), b"secret");
        let resealed = both.seal(b"row", b"secret", [8; 12]).expect("seals");
        assert_eq!(keys(&[&new]).open(b"row", &resealed).expect("opens").as_slice(), b"secret");
        let error = keys(&[OLD]).open(b"row", &resealed).expect_err("is refused").to_string();
        assert!(error.contains(&both.sealing_id()), "{error}");
    }

    #[test]
    fn any_change_is_noticed() {
        let keys = keys(&[OLD]);
        let sealed = keys.seal(b"row", b"secret", [7; 12]).expect("seals");
        assert!(keys.open(b"other row", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open(b"row", &changed).is_err(), "byte {at}");
            assert!(keys.open(b"row", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn refuses_bad_keys() {
        assert!(matches!(KeyEncryptionKeys::from_base64([]), Err(EncryptionError::NoKeys)));
        assert!(matches!(KeyEncryptionKeys::from_base64([OLD, OLD]), Err(EncryptionError::Repeated)));
        for bad in ["", "AAAA", "not base64", &OLD[1..]] {
            assert!(matches!(KeyEncryptionKeys::from_base64([bad]), Err(EncryptionError::BadKey)), "{bad}");
        }
        assert!(KeyEncryptionKeys::from_base64([OLD.trim_end_matches('=')]).is_ok());
    }

    #[test]
    fn a_signing_key_opens_only_in_its_own_row() {
        let keys = keys(&[OLD]);
        let key = SigningKey::generate(Algorithm::Es256).expect("generates");
        let sealed = seal_signing_key(&keys, "default", &key, [1; 12]).expect("seals");
        let open = |server, alg, kid| open_signing_key(&keys, server, (alg, kid), &sealed);
        assert_eq!(open("default", Algorithm::Es256, key.kid()).expect("opens").kid(), key.kid());
        assert!(open("other", Algorithm::Es256, key.kid()).is_err());
        assert!(open("default", Algorithm::EdDsa, key.kid()).is_err());
        assert!(open("default", Algorithm::Es256, "other").is_err());
    }

    #[test]
    fn derives_by_key_purpose_and_text() {
        let new = new_key();
        let both = keys(&[&new, OLD]);
        let derived = both.derive("a", b"x");
        assert_eq!(derived.len(), 2);
        assert_eq!(derived[1], keys(&[OLD]).derive("a", b"x")[0], "the old key still gives the same");
        let others = [both.derive("a", b"y"), both.derive("b", b"x"), both.derive("ax", b""), both.derive("", b"ax")];
        for other in others {
            assert!(derived.iter().all(|value| !other.contains(value)));
        }
    }

    #[test]
    fn shows_nothing() {
        assert!(!format!("{:?}", keys(&[OLD])).contains("AAAA"));
    }
}
