//! Parameters: four kinds of value, and what becomes one.

use gatehouse_core::id;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT.
    Integer(i64),
    /// TEXT, without NUL.
    Text(String),
    /// BLOB or BYTEA.
    Bytes(Vec<u8>),
}

/// A parameter list: `params![id, now, name]`, each by `Value::from`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.as_micros())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<SecretHash> for Value {
    fn from(value: SecretHash) -> Self {
        Self::Bytes(value.as_bytes().to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! id_values {
    ($($id:ident)*) => {$(
        impl From<id::$id> for Value {
            fn from(value: id::$id) -> Self {
                Self::Text(value.to_string())
            }
        }
    )*};
}

id_values! {
    UserId OrganizationId ApplicationId ApplicationChangeId ClientSecretId AccessRequestId CannedReplyId MessageId
    EntitlementId ApiId ApiVersionId ScopeId SessionId GrantId PasskeyId ConsentId NotificationId SecretLinkId SecretSlotId
    ApiCredentialId WorkspaceId InvitationId OperatorKeyId OneTimeLinkId RevocationId AuditEventId OutboxId ImportId
    RequestId
}
