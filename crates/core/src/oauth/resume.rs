//! What an authorization request carries from page to page, so that nothing has to be stored before the customer allows
//! anything: when it came, and what has been answered since.
//!
//! `prompt=login` and `max_age` must ask once and not for ever, so the address to come back to says since when somebody
//! has to have signed in. It is authenticated together with the whole request: nobody skips a question by editing the
//! address, and what was made for one request is nothing to another. It opens nothing by itself.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::jose::{base64url, from_base64url};
use crate::time::Timestamp;

/// Seconds for which the pages of one request may stay open; after that its questions are asked again.
const LONGEST: i64 = 3_600;

/// A key; the first of several tags, all of them recognize.
pub type Key = Zeroizing<[u8; 32]>;

/// How far an authorization request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// When the request came: who signed in since has done so for it.
    pub since: Timestamp,
    /// Whether the person has chosen the account.
    pub chosen: bool,
}

impl Resume {
    /// As the address carries it. `request` names the request whole.
    pub fn seal(&self, keys: &[Key], request: &str) -> String {
        let text = format!("{}{}", if self.chosen { 'c' } else { 'a' }, self.since.as_micros());
        format!("{text}.{}", tag(keys, &["resume", &text, request]))
    }

    /// Reads it. `None` when it was changed, belongs to another request, or is older than an hour.
    pub fn open(text: &str, keys: &[Key], request: &str, now: Timestamp) -> Option<Self> {
        let (text, sent) = text.split_once('.')?;
        if !is_tag(keys, &["resume", text, request], sent) {
            return None;
        }
        let micros = text.strip_prefix(['a', 'c'])?.parse().ok()?;
        let resume = Self { since: Timestamp::from_micros(micros), chosen: text.starts_with('c') };
        (now < resume.since.plus_secs(LONGEST)).then_some(resume)
    }
}

/// Ties a form to what it was made for. Empty without a key.
pub fn tag(keys: &[Key], parts: &[&str]) -> String {
    keys.first().map(|key| base64url(hmac::sign(&mac(key), &joined(parts)).as_ref())).unwrap_or_default()
}

/// Whether [`tag`] made it of these parts, with any of the keys.
pub fn is_tag(keys: &[Key], parts: &[&str], sent: &str) -> bool {
    let Some(sent) = from_base64url(sent) else { return false };
    let text = joined(parts);
    keys.iter().any(|key| hmac::verify(&mac(key), &text, &sent).is_ok())
}

fn mac(key: &Key) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.as_slice())
}

/// Lengths are in between, so that no two lists are one text.
fn joined(parts: &[&str]) -> Vec<u8> {
    parts.iter().flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        bytes.iter().map(|byte| Zeroizing::new([*byte; 32])).collect()
    }

    #[test]
    fn belongs_to_one_request_and_hour() {
        let now = Timestamp::from_secs(1_795_345_500);
        let resume = Resume { since: now, chosen: true };
        let text = resume.seal(&keys(&[1]), "a=1");
        let open = |text: &str, keys: &[Key], request, now| Resume::open(text, keys, request, now);
        assert_eq!(open(&text, &keys(&[1]), "a=1", now), Some(resume));
        assert_eq!(open(&text, &keys(&[2, 1]), "a=1", now), Some(resume), "an older key");
        assert_eq!(open(&text, &keys(&[2]), "a=1", now), None);
        assert_eq!(open(&text, &keys(&[1]), "a=2", now), None);
        assert_eq!(open(&text, &keys(&[1]), "a=1", now.plus_secs(3_599)), Some(resume));
        assert_eq!(open(&text, &keys(&[1]), "a=1", now.plus_secs(3_600)), None);
        assert_eq!(open(&text, &[], "a=1", now), None);
    }

    #[test]
    fn any_change_is_noticed() {
        let now = Timestamp::from_secs(1_795_345_500);
        let text = Resume { since: now, chosen: false }.seal(&keys(&[1]), "a=1");
        let open = |text: &str| Resume::open(text, &keys(&[1]), "a=1", now);
        assert!(open(&text).is_some_and(|resume| !resume.chosen));
        assert_eq!(open(&text.replacen('a', "c", 1)), None);
        assert_eq!(open(&text.replacen("a1", "a2", 1)), None);
        for changed in ["", ".", "a", "a1.", &text[..text.len() - 1], &format!("{text}A"), &text[1..]] {
            assert_eq!(open(changed), None, "{changed}");
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        let keys = keys(&[1]);
        let sent = tag(&keys, &["ab", "c"]);
        assert!(is_tag(&keys, &["ab", "c"], &sent));
        assert!(!is_tag(&keys, &["a", "bc"], &sent));
        assert!(!is_tag(&keys, &["abc"], &sent));
        assert!(!is_tag(&[], &["ab", "c"], &tag(&[], &["ab", "c"])));
    }
}
