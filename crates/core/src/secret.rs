//! Bearer values: how they look, how they are kept.
//!
//! A value is a prefix that secret scanners know, 43 base-62 characters of 256 random bits and 6 of CRC-32 over all
//! before. At 256 bits a slow hash buys nothing, so only the SHA-256 is stored; the checksum is looked at before any
//! look-up, so that a flood of made-up values costs no database read (`security.md` I).

use std::fmt;

use aws_lc_rs::digest;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::random::{Random, bytes};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY: usize = 43;
const TAIL: usize = 6;

/// A text that must not be seen: no `Debug`, no `Serialize`, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over a text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// The last four characters, shown so that people can tell their secrets apart.
    pub fn last_four(&self) -> String {
        let start = self.0.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        self.0[start..].to_owned()
    }
}

/// Stands for a secret in derived `Debug` output of what holds one.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// SHA-256 of a bearer value. Equality takes the same time wherever two differ.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Of a presented text.
    pub fn of(text: &str) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Self(out)
    }

    /// As stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// The kinds of bearer value and their prefixes (after the installation's own, `gh` by default).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// `gh_cs_…`
    ClientSecret,
    /// `gh_ok_…`
    OperatorKey,
    /// `gh_ac_…`
    ApiCredential,
    /// `gh_ol_…`
    OneTimeLink,
    /// `gh_ss_…`
    Session,
    /// `gh_co_…`: an authorization code.
    Code,
    /// `gh_rt_…`
    RefreshToken,
    /// `gh_dc_…`
    DeviceCode,
}

impl SecretKind {
    const fn infix(self) -> &'static str {
        match self {
            Self::ClientSecret => "cs",
            Self::OperatorKey => "ok",
            Self::ApiCredential => "ac",
            Self::OneTimeLink => "ol",
            Self::Session => "ss",
            Self::Code => "co",
            Self::RefreshToken => "rt",
            Self::DeviceCode => "dc",
        }
    }
}

/// Makes a value: `{prefix}_{kind}_` + 43 + 6 characters.
pub fn mint(prefix: &str, kind: SecretKind, random: &dyn Random) -> Secret {
    from_bytes(prefix, kind, &Zeroizing::new(bytes::<32>(random)))
}

/// The value of these 256 bits, which are random to everybody else.
pub fn from_bytes(prefix: &str, kind: SecretKind, bits: &[u8; 32]) -> Secret {
    let mut text = format!("{prefix}_{}_", kind.infix());
    text.push_str(&base62(bits));
    text.push_str(&checksum(&text));
    Secret::new(text)
}

/// Whether a presented text can be a value of this kind at all: prefix, length, alphabet, checksum. The installation's
/// prefix is not compared, so that values made under an earlier one stay good.
pub fn well_formed(kind: SecretKind, text: &str) -> bool {
    let Some((head, tail)) = text.len().checked_sub(TAIL).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let Some((prefix, body)) = head.len().checked_sub(BODY).and_then(|at| head.split_at_checked(at)) else {
        return false;
    };
    prefix.len() <= 40
        && prefix.strip_suffix('_').and_then(|p| p.strip_suffix(kind.infix())).is_some_and(|p| p.ends_with('_'))
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && tail == checksum(head)
}

/// A public random value, such as a client id: 20 base-62 characters (119 bits).
pub fn public_id(random: &dyn Random) -> String {
    base62(&bytes::<32>(random))[BODY - 20..].to_owned()
}

/// 256 bits as 43 base-62 characters, most significant first.
fn base62(value: &[u8; 32]) -> String {
    let mut digits = *value;
    let mut out = [b'0'; BODY];
    for slot in out.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in &mut digits {
            let current = (remainder << 8) | u32::from(*byte);
            *byte = u8::try_from(current / 62).unwrap_or(u8::MAX);
            remainder = current % 62;
        }
        *slot = BASE62[remainder as usize];
    }
    out.iter().map(|byte| char::from(*byte)).collect()
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut out = [b'0'; TAIL];
    for slot in out.iter_mut().rev() {
        *slot = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    out.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn has_the_documented_form() {
        let secret = mint("gh", SecretKind::ClientSecret, &SeededRandom::new(7));
        assert!(secret.expose().starts_with("gh_cs_"));
        assert_eq!(secret.expose().len(), 6 + 43 + 6);
        assert!(well_formed(SecretKind::ClientSecret, secret.expose()));
        assert!(!well_formed(SecretKind::OperatorKey, secret.expose()));
        assert_eq!(format!("{secret:?}"), "[secret]");
    }

    #[test]
    fn largest_value_fits() {
        assert_eq!(base62(&[0xff; 32]).len(), 43);
        assert_eq!(base62(&[0; 32]), "0".repeat(43));
    }

    proptest! {
        #[test]
        fn one_changed_character_is_noticed(seed: u64, at in 0_usize..55, letter in "[0-9A-Za-z]") {
            let secret = mint("gh", SecretKind::ClientSecret, &SeededRandom::new(seed));
            let mut changed = secret.expose().to_owned();
            changed.replace_range(at..=at, &letter);
            prop_assert_eq!(well_formed(SecretKind::ClientSecret, &changed), changed == secret.expose());
        }

        #[test]
        fn any_text_is_safe(text in "\\PC{0,120}") {
            well_formed(SecretKind::ClientSecret, &text);
        }
    }
}
