//! Refresh tokens: rotation, leeway, reuse (RFC 9700 §4.14.2; `oauth.md`, Tokens).
//!
//! The successor of a token is derived from it, so that within the leeway the same successor can be answered again to a
//! client that lost the answer, although only hashes are stored. A token that comes back later, or after its successor
//! was used, is in two hands: the family ends.

use std::borrow::Cow;

use super::error::OAuthError;
use crate::id::GrantId;
use crate::jose::encryption::KeyEncryptionKeys;
use crate::secret::{Secret, SecretHash, SecretKind, from_bytes};
use crate::time::Timestamp;

/// One generation of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// SHA-256 of its value.
    pub hash: SecretHash,
    /// The family: what it stands for.
    pub grant_id: GrantId,
    /// 0 for the first.
    pub generation: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// End of the idle life.
    pub expires_at: Timestamp,
    /// When it was exchanged for its successor.
    pub used_at: Option<Timestamp>,
}

/// What a used token means that is presented once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The answer was lost: the same successor is answered again.
    Repeat,
    /// It is in two hands.
    Reuse,
}

/// Decides on a used token. `leeway` in seconds.
pub fn again(used: &RefreshToken, successor: Option<&RefreshToken>, leeway: i64, now: Timestamp) -> Again {
    let in_time = used.used_at.is_some_and(|at| now < at.plus_secs(leeway));
    let untouched = successor.is_some_and(|token| token.used_at.is_none() && now < token.expires_at);
    if in_time && untouched { Again::Repeat } else { Again::Reuse }
}

/// The successors of a presented token, one per key-encryption key, that of the sealing key first. What is new is made
/// with the first; which one an earlier exchange made is told by its hash.
pub fn successors(keys: &KeyEncryptionKeys, prefix: &str, presented: &Secret, generation: i64) -> Vec<Secret> {
    let mut of = generation.to_be_bytes().to_vec();
    of.extend_from_slice(presented.hash().as_bytes());
    let derived = keys.derive("refresh token", &of);
    derived.iter().map(|bits| from_bytes(prefix, SecretKind::RefreshToken, bits)).collect()
}

/// The scopes of a new access token: those of the family, or fewer when fewer are asked for (RFC 6749 §6).
///
/// # Errors
/// `invalid_scope` for a scope that the customer did not allow.
pub fn narrowed<'a>(family: &'a [String], asked: Option<&str>) -> Result<Vec<&'a str>, OAuthError> {
    let Some(asked) = asked else { return Ok(family.iter().map(String::as_str).collect()) };
    let find = |name: &&str| family.iter().map(String::as_str).find(|own| own == name);
    let names = super::scope::parse(asked)?;
    names.iter().map(|name| find(name).ok_or_else(not_allowed)).collect()
}

fn not_allowed() -> OAuthError {
    super::scope::invalid(Cow::Borrowed(
        "a scope was asked for that the refresh token does not stand for: ask the customer again at the authorization \
         endpoint",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::secret::{mint, well_formed};

    fn token(used_at: Option<Timestamp>) -> RefreshToken {
        let now = Timestamp::from_secs(100);
        RefreshToken {
            hash: SecretHash::of("x"),
            grant_id: GrantId::new(now, &SeededRandom::new(1)),
            generation: 0,
            created_at: now,
            expires_at: now.plus_secs(1_000),
            used_at,
        }
    }

    #[test]
    fn is_repeated_within_the_leeway_alone() {
        let at = Timestamp::from_secs(200);
        let (used, fresh, touched) = (token(Some(at)), token(None), token(Some(at.plus_secs(1))));
        let cases = [
            (Some(&fresh), at, Again::Repeat),
            (Some(&fresh), at.plus_secs(29), Again::Repeat),
            (Some(&fresh), at.plus_secs(30), Again::Reuse),
            (Some(&touched), at.plus_secs(2), Again::Reuse),
            (None, at.plus_secs(2), Again::Reuse),
        ];
        for (successor, now, expected) in cases {
            assert_eq!(again(&used, successor, 30, now), expected, "{now:?}");
        }
        assert_eq!(again(&used, Some(&fresh), 0, at), Again::Reuse, "no leeway");
    }

    #[test]
    fn the_successor_follows_from_the_token() {
        let key = |byte: &str| byte.repeat(43) + "=";
        let (old, new) = (key("A"), key("B").replace("B=", "A="));
        let one = KeyEncryptionKeys::from_base64([old.as_str()]).expect("a key");
        let both = KeyEncryptionKeys::from_base64([new.as_str(), old.as_str()]).expect("two keys");
        let presented = mint("gh", SecretKind::RefreshToken, &SeededRandom::new(1));
        let first = successors(&one, "gh", &presented, 0);
        assert!(well_formed(SecretKind::RefreshToken, first[0].expose()));
        assert_eq!(first[0].expose(), successors(&one, "gh", &presented, 0)[0].expose());
        assert_ne!(first[0].expose(), successors(&one, "gh", &presented, 1)[0].expose());
        assert_eq!(first[0].expose(), successors(&both, "gh", &presented, 0)[1].expose(), "found after a key change");
    }

    #[test]
    fn scopes_only_become_fewer() {
        let family = ["openid".to_owned(), "a:read".to_owned()];
        assert_eq!(narrowed(&family, None).expect("all"), ["openid", "a:read"]);
        assert_eq!(narrowed(&family, Some("a:read")).expect("one"), ["a:read"]);
        assert!(narrowed(&family, Some("a:read b:read")).is_err());
    }
}
