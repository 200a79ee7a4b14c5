//! Ids: a prefix that names the kind, and 26 lower-case Crockford characters of a UUIDv7 (`app_01jd…`).
//!
//! They are addresses, never secrets. As text they sort like the time of their making.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::random::{Random, bytes};
use crate::time::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of an id: every prefix has three.
pub const TEXT_LENGTH: usize = 30;

/// A text that is no id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_… with 26 characters of 0-9 a-z without i, l, o, u")]
pub struct ParseIdError {
    prefix: &'static str,
}

/// UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits.
pub fn uuid_v7(now: Timestamp, random: [u8; 10]) -> uuid::Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.as_millis()).unwrap_or(0), &random).into_uuid()
}

/// 26 lower-case Crockford characters, most significant first.
fn encode(value: u128) -> [u8; 26] {
    let mut out = [b'0'; 26];
    let mut rest = value;
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out
}

/// Prefix, underscore, value.
fn text(prefix: &'static str, value: u128) -> [u8; TEXT_LENGTH] {
    let mut out = [b'_'; TEXT_LENGTH];
    out[..prefix.len()].copy_from_slice(prefix.as_bytes());
    out[prefix.len() + 1..].copy_from_slice(&encode(value));
    out
}

fn decode(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    // 26 × 5 = 130 bits: the first character carries only three.
    if bytes.len() != 26 || bytes[0] > b'7' {
        return None;
    }
    bytes.iter().try_fold(0_u128, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| letter == byte)?;
        Some((value << 5) | digit as u128)
    })
}

fn parse(prefix: &'static str, text: &str) -> Result<u128, ParseIdError> {
    text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).and_then(decode).ok_or(ParseIdError { prefix })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, of the time `now`.
            pub fn new(now: Timestamp, random: &dyn Random) -> Self {
                Self::from_bytes(now, bytes(random))
            }

            /// The same with bytes that were drawn before.
            pub fn from_bytes(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random).as_u128())
            }

            /// The id as ASCII text.
            pub fn text(self) -> [u8; TEXT_LENGTH] {
                text(Self::PREFIX, self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse($prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person.
    UserId = "usr";
    /// A team that owns applications.
    OrganizationId = "org";
    /// An OAuth client, as the portal names it (the client id is a separate random value).
    ApplicationId = "app";
    /// One secret of an application.
    ClientSecretId = "sec";
    /// An access request.
    AccessRequestId = "req";
    /// A text that reviewers keep ready.
    CannedReplyId = "rpl";
    /// A change of an application that waits for a review.
    ApplicationChangeId = "chg";
    /// A message in the thread of an access request.
    MessageId = "msg";
    /// An entitlement: application × API.
    EntitlementId = "ent";
    /// An API of the catalogue.
    ApiId = "api";
    /// A version of an API.
    ApiVersionId = "ver";
    /// A scope.
    ScopeId = "scp";
    /// A credential of an API's own.
    ApiCredentialId = "acr";
    /// A workspace.
    WorkspaceId = "wsp";
    /// An invitation to a workspace.
    InvitationId = "inv";
    /// An operator's key for the management API.
    OperatorKeyId = "opk";
    /// A one-time link.
    OneTimeLinkId = "otl";
    /// A browser that is signed in.
    SessionId = "ses";
    /// A passkey of a user.
    PasskeyId = "psk";
    /// One authorization, by a customer of an application.
    GrantId = "gra";
    /// A customer's standing permission to an application.
    ConsentId = "con";
    /// A message of the portal to a user.
    NotificationId = "ntf";
    /// The chance to collect an application's first secret.
    SecretSlotId = "slt";
    /// A link that shows a secret once.
    SecretLinkId = "lnk";
    /// A revocation predicate.
    RevocationId = "rev";
    /// An audit event.
    AuditEventId = "aud";
    /// A message in the outbox; the receiver's idempotency id.
    OutboxId = "out";
    /// One run of an import.
    ImportId = "imp";
    /// One HTTP request.
    RequestId = "rid";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn has_prefix_and_26_characters() {
        let id = UserId::new(Timestamp::from_millis(1_795_345_500_007), &SeededRandom::new(1));
        let text = id.to_string();
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse(), Ok(id));
        assert!(text.parse::<ApplicationId>().is_err());
        assert!(text.to_uppercase().parse::<UserId>().is_err());
        assert_eq!(serde_json::to_string(&id).expect("serializes"), format!("\"{text}\""));
    }

    #[test]
    fn is_a_uuid_of_version_7() {
        let uuid = uuid_v7(Timestamp::from_millis(1_795_345_500_007), [0xff; 10]);
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
    }

    proptest! {
        #[test]
        fn text_and_value_agree(value: u128) {
            let id = UserId(value);
            prop_assert_eq!(id.to_string().parse::<UserId>(), Ok(id));
        }

        #[test]
        fn later_ids_sort_after(a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000, seed: u64) {
            prop_assume!(a < b);
            let random = SeededRandom::new(seed);
            let first = UserId::new(Timestamp::from_millis(a), &random).to_string();
            let second = UserId::new(Timestamp::from_millis(b), &random).to_string();
            prop_assert!(first < second);
        }

        #[test]
        fn nothing_else_parses(text in "usr_[0-9a-zA-Z]{24,28}") {
            if let Ok(id) = text.parse::<UserId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
