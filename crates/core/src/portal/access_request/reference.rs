//! What people quote when they speak of a request: `R-` and 8 Crockford characters, 40 bits, unique by index.

use aws_lc_rs::digest;

use crate::id::UserId;
use crate::random::{Random, bytes};

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new reference.
pub fn new_reference(random: &dyn Random) -> String {
    spelled(&bytes::<8>(random))
}

/// The reference of the one request that a user makes under `key`, such as the number of a form: whoever sends the same
/// form twice asks once. A key of one user is nothing to another.
pub fn reference_of(user: UserId, key: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("access request\0{user}\0{key}").as_bytes());
    spelled(&hash.as_ref()[..8])
}

fn spelled(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    format!("R-{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::time::Timestamp;

    #[test]
    fn one_key_of_one_user_is_one_request() {
        let random = SeededRandom::new(1);
        let [ann, bob] = [(); 2].map(|()| UserId::new(Timestamp::from_secs(1), &random));
        let reference = reference_of(ann, "form-1");
        assert_eq!((reference.len(), &reference[..2]), (10, "R-"));
        assert_eq!(reference, reference_of(ann, "form-1"));
        assert_ne!(reference, reference_of(ann, "form-2"));
        assert_ne!(reference, reference_of(bob, "form-1"));
        assert_ne!(new_reference(&random), new_reference(&random));
    }
}
