//! The way in for whoever has lost the second factor: ten codes, each good once.
//!
//! A code is 80 random bits, so that its SHA-256 is enough to keep.

use crate::id::UserId;
use crate::random::{Random, bytes};
use crate::secret::{Secret, SecretHash};

/// How many a user gets at once.
pub const HOW_MANY: usize = 10;
const LETTERS: usize = 16;
/// Crockford's: without letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new code, in groups of four: `7k3m-0qxz-9rta-c2vw`.
pub fn generate(random: &dyn Random) -> Secret {
    let letters = bytes::<LETTERS>(random).map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

/// What is kept of a user's code, however it was typed; `None` for what is none.
pub fn hash(user: UserId, typed: &str) -> Option<SecretHash> {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let letters = letters.map(|letter| match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        letter => letter,
    });
    let code: String = letters.take(LETTERS + 1).collect();
    let is_code = code.len() == LETTERS && code.bytes().all(|byte| ALPHABET.contains(&byte));
    is_code.then(|| SecretHash::of(&format!("recovery code\n{user}\n{code}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::time::Timestamp;

    #[test]
    fn is_known_however_it_is_typed() {
        let random = SeededRandom::new(1);
        let user = UserId::new(Timestamp::from_secs(1), &random);
        let code = generate(&random);
        assert_eq!((code.expose().len(), code.expose().split('-').count()), (19, 4));
        assert_ne!(generate(&random).expose(), code.expose());
        let kept = hash(user, code.expose());
        assert!(kept.is_some());
        assert_eq!(hash(user, &format!(" {} ", code.expose().to_uppercase().replace('-', " "))), kept);
        assert_eq!(hash(user, "O1l0 i000 0000 0000"), hash(user, "0110-1000-0000-0000"));
        assert_ne!(hash(UserId::new(Timestamp::from_secs(1), &random), code.expose()), kept, "of another user");
        for wrong in ["", "0110-1000-0000-000", "0110-1000-0000-00000", "u110-1000-0000-0000", "١١١١-1000-0000-0000"]
        {
            assert_eq!(hash(user, wrong), None, "{wrong}");
        }
    }
}
