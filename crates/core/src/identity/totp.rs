//! Time-based one-time passwords (RFC 6238 over RFC 4226): HMAC-SHA1, six digits, a step of 30 seconds, as every
//! authenticator app makes them.
//!
//! The step that a code belongs to is given to the caller, who lets each step of a user count once (RFC 6238 §5.2).

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::time::Timestamp;

/// Bytes of a seed, as long as the hash (RFC 4226 §4 R6).
pub const SEED_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// Clocks may be off by one step either way.
const WINDOW: i64 = 1;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What server and app share.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; SEED_BYTES]>);

impl Seed {
    /// Of random bytes.
    pub fn new(bytes: [u8; SEED_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// As it was sealed. `None` for another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    /// To be sealed.
    pub fn as_bytes(&self) -> &[u8; SEED_BYTES] {
        &self.0
    }

    /// As people type it into an app: base 32 without padding (RFC 4648 §6).
    pub fn base32(&self) -> Zeroizing<String> {
        let bits = |at: usize| {
            let pair = u16::from(self.0[at / 8]) << 8 | u16::from(self.0.get(at / 8 + 1).copied().unwrap_or(0));
            usize::from(pair >> (11 - at % 8) & 31)
        };
        Zeroizing::new((0..SEED_BYTES * 8).step_by(5).map(|at| char::from(BASE32[bits(at)])).collect())
    }

    /// What the QR code says (the Key Uri Format of authenticator apps).
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account, secret) = (encode(issuer), encode(account), self.base32());
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", *secret))
    }

    /// The code of the step at this time.
    pub fn code(&self, at: Timestamp) -> String {
        self.code_of(step(at))
    }

    /// The step that a typed code belongs to, when it is one of those around now. Blanks do not matter.
    pub fn step_of(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let typed: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
        let steps = step(now) - WINDOW..=step(now) + WINDOW;
        // Every step is looked at, so that the time tells nothing.
        steps.fold(None, |found, step| {
            let right: bool = self.code_of(step).as_bytes().ct_eq(typed.as_bytes()).into();
            if right { Some(step) } else { found }
        })
    }

    /// RFC 4226 §5.3.
    fn code_of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_slice());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let offset = usize::from(bytes[bytes.len() - 1] & 15);
        let number = bytes[offset..offset + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("{:0DIGITS$}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

/// Blanks as `%20`: apps show a plus sign as it is.
fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn step(at: Timestamp) -> i64 {
    at.as_secs().div_euclid(STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::new(*b"12345678901234567890")
    }

    /// RFC 6238 appendix B, SHA-1, of whose eight digits ours are the last six; and RFC 4226 appendix D.
    #[test]
    fn gives_the_codes_of_the_standards() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().code(Timestamp::from_secs(seconds)), code, "{seconds}");
        }
        let hotp = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (count, code) in (0..).zip(hotp) {
            assert_eq!(seed().code_of(count), code, "{count}");
        }
    }

    #[test]
    fn knows_the_step_before_and_after() {
        let now = Timestamp::from_secs(1_111_111_109);
        let at = now.as_secs() / 30;
        for step in at - 4..at + 4 {
            let found = seed().step_of(&seed().code_of(step), now);
            assert_eq!(found, (step - at).abs().le(&1).then_some(step), "{}", step - at);
        }
        assert_eq!(seed().step_of(" 081 804 ", now), Some(at));
        for wrong in ["", "81804", "0081804", "081805", "08180x", "٠٨١٨٠٤"] {
            assert_eq!(seed().step_of(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn is_written_for_apps() {
        assert_eq!(seed().base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            seed().uri("Gate house", "ann+x@example.com").as_str(),
            "otpauth://totp/Gate%20house:ann%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Gate%20house"
        );
    }
}
