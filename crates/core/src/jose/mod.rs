//! Keys and signatures (RFC 7515, 7517, 7518, 7638, 8037).
//!
//! Three algorithms and no way to name another: `none` and the HMAC family are not refused by a check that somebody
//! could forget, they cannot be expressed.

pub mod algorithm;
pub mod encryption;
pub mod jwk;
pub mod sign;
pub mod verify;

pub use algorithm::Algorithm;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base64url without padding (RFC 7515 §2).
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict: no padding, no blanks, no other alphabet, and unused bits must be zero, so that one value has one text.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
