//! The code that a person types in for a device (RFC 8628 §6.1): eight consonants, so that it spells nothing, has no letter
//! that looks like another, and can be typed on any keyboard.
//!
//! 20⁸ is 2³⁴·⁵: enough for the minutes that it lives, because guesses are counted (§5.1).

use std::fmt;

use crate::random::{Random, bytes};
use crate::secret::SecretHash;

const LETTERS: usize = 8;
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Bytes from here on would make the first letters likelier than the last.
const FAIR: u8 = 240;
/// Longest text that is read for a code.
const LONGEST: usize = 64;

/// A user code. Whoever knows it can answer for the device: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut code = String::with_capacity(LETTERS);
        while code.len() < LETTERS {
            let fair = bytes::<16>(random).into_iter().filter(|byte| *byte < FAIR);
            let letters = fair.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
            code.extend(letters.take(LETTERS - code.len()));
        }
        Self(code)
    }

    /// What was typed, in whatever case and with whatever between the letters; `None` for what is no code.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > LONGEST {
            return None;
        }
        let letters = typed.chars().filter(|letter| letter.is_alphanumeric());
        let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let is_code = code.len() == LETTERS && code.bytes().all(|byte| ALPHABET.contains(&byte));
        is_code.then_some(Self(code))
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&format!("user code\n{}", self.0))
    }
}

/// As people read it: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LETTERS / 2);
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[user code]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn is_known_however_it_is_typed() {
        let code = UserCode::parse("WDJB-MJHT").expect("a code");
        assert_eq!(code.to_string(), "WDJB-MJHT");
        for typed in
            ["wdjbmjht", " WDJB MJHT ", "w-d-j-b-m-j-h-t", "wdjb.mjht", "WDJB\u{2013}MJHT", "\u{feff}wdjb_mjht"]
        {
            assert_eq!(UserCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
        for wrong in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1", "ＷDJB-MJHT", "WDJB-MJHé"] {
            assert_eq!(UserCode::parse(wrong), None, "{wrong}");
        }
        assert_eq!(UserCode::parse(&format!("WDJB{}MJHT", "-".repeat(LONGEST))), None);
        assert_eq!(format!("{code:?}"), "[user code]");
        assert_ne!(UserCode::parse("WDJB-MJHX").map(|other| other.hash()), Some(code.hash()));
    }

    #[test]
    fn every_letter_is_as_likely() {
        let random = SeededRandom::new(1);
        let mut counts = [0_u32; ALPHABET.len()];
        for _ in 0..10_000 {
            for letter in UserCode::generate(&random).0.bytes() {
                counts[ALPHABET.iter().position(|known| *known == letter).expect("of the alphabet")] += 1;
            }
        }
        // 4,000 each; five standard deviations are 308.
        assert!(counts.iter().all(|count| (3_692..=4_308).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(seed: u64) {
            let code = UserCode::generate(&SeededRandom::new(seed));
            prop_assert_eq!(code.to_string().len(), 9);
            prop_assert_eq!(UserCode::parse(&code.to_string()), Some(code));
        }

        #[test]
        fn any_text_is_safe(text in "\\PC{0,100}") {
            UserCode::parse(&text);
        }
    }
}
