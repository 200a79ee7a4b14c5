//! The key of a link that shows a secret: 256 random bits behind its `#`, which browsers and our own program keep to
//! themselves. What it seals is AES-256-GCM, `nonce (12) ‖ ciphertext ‖ tag (16)`, as `assets/reveal.js` opens it too.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::jose::{base64url, from_base64url};
use crate::random::{Random, bytes};
use crate::secret::Secret;

/// Keeps what was sealed for something else from being taken for this.
const ABOUT: &[u8] = b"gatehouse secret link v1";

/// Bytes that sealing adds.
pub const OVERHEAD: usize = NONCE_LEN + 16;

/// One link's key. Seals once.
#[derive(Clone)]
pub struct LinkKey(Zeroizing<[u8; 32]>);

/// What was sealed cannot be opened: changed, cut, or under another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key does not fit what was sealed")]
pub struct NotOpened;

impl LinkKey {
    /// A new one.
    pub fn draw(random: &dyn Random) -> Self {
        Self(Zeroizing::new(bytes(random)))
    }

    /// From what stands behind the `#`; `None` when it is not whole.
    pub fn parse(text: &str) -> Option<Self> {
        let read = Zeroizing::new(from_base64url(text)?);
        Some(Self(Zeroizing::new(read.as_slice().try_into().ok()?)))
    }

    /// What stands behind the `#`: 43 characters of base64url.
    pub fn text(&self) -> Secret {
        Secret::new(base64url(&*self.0))
    }

    /// Seals a text.
    ///
    /// # Errors
    /// Never for a text that fits into memory.
    pub fn seal(&self, text: &Secret, random: &dyn Random) -> Result<Vec<u8>, NotOpened> {
        let nonce = bytes::<NONCE_LEN>(random);
        let mut body = text.expose().as_bytes().to_vec();
        let key = self.key()?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(ABOUT), &mut body)
            .map_err(|_| NotOpened)?;
        Ok([nonce.as_slice(), &body].concat())
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`NotOpened`] when anything was changed.
    pub fn open(&self, sealed: &[u8]) -> Result<Secret, NotOpened> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(NotOpened)?;
        let mut buffer = Zeroizing::new(body.to_vec());
        let opened = self.key()?.open_in_place(Nonce::from(nonce), Aad::from(ABOUT), &mut buffer);
        let opened = opened.map_err(|_| NotOpened)?;
        Ok(Secret::new(std::str::from_utf8(opened).map_err(|_| NotOpened)?.to_owned()))
    }

    fn key(&self) -> Result<LessSafeKey, NotOpened> {
        UnboundKey::new(&AES_256_GCM, self.0.as_slice()).map(LessSafeKey::new).map_err(|_| NotOpened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn opens_what_it_sealed_and_notices_any_change() {
        let random = SeededRandom::new(1);
        let key = LinkKey::draw(&random);
        let sealed = key.seal(&Secret::new("CLIENT_SECRET=x".into()), &random).expect("seals");
        assert_eq!(sealed.len(), 15 + OVERHEAD);
        let same = LinkKey::parse(key.text().expose()).expect("a key");
        assert_eq!(same.open(&sealed).expect("opens").expose(), "CLIENT_SECRET=x");
        assert!(LinkKey::draw(&random).open(&sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&changed).is_err() && key.open(&sealed[..at]).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_cut_key_is_none() {
        let text = LinkKey::draw(&SeededRandom::new(1)).text();
        assert_eq!(text.expose().len(), 43);
        for end in 0..43 {
            assert!(LinkKey::parse(&text.expose()[..end]).is_none(), "{end}");
        }
        assert!(LinkKey::parse(&format!("{}.", text.expose())).is_none());
    }
}
