//! The bytes that are hashed.
//!
//! Hash of event n = SHA-256( hash of event n−1 (32 bytes; zeros before the first)
//!                          ‖ "gatehouse audit 1"
//!                          ‖ number (8 bytes, big-endian) ‖ time in microseconds (8 bytes, big-endian)
//!                          ‖ id ‖ actor kind ‖ actor id ‖ action ‖ target kind ‖ target id
//!                          ‖ before ‖ after ‖ request id ‖ personal hash )
//!
//! Each text or byte field is one byte 0 when NULL; else one byte 1, its length in 8 bytes big-endian, and the bytes
//! as stored. So no two different rows have the same bytes. Personal hash = SHA-256( "gatehouse audit personal 1" ‖
//! salt (32 bytes) ‖ the fields' JSON as stored ).

use aws_lc_rs::digest;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row};

/// SHA-256.
pub type Hash = [u8; 32];

/// A stored event as far as it is hashed.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: String,
    at: Timestamp,
    /// In the order of the form.
    fields: [Option<Vec<u8>>; 9],
}

/// The columns that [`Link::from_row`] reads.
pub(super) const COLUMNS: &str =
    "id, at, actor_kind, actor_id, action, target_kind, target_id, before, after, request_id, personal_hash";

impl Link {
    pub(super) fn from_row(row: &Row) -> Result<Self, DbError> {
        let text = |column: &str| Ok::<_, DbError>(row.get::<Option<String>>(column)?.map(String::into_bytes));
        Ok(Self {
            id: row.get("id")?,
            at: row.get("at")?,
            fields: [
                text("actor_kind")?,
                text("actor_id")?,
                text("action")?,
                text("target_kind")?,
                text("target_id")?,
                text("before")?,
                text("after")?,
                text("request_id")?,
                row.get("personal_hash")?,
            ],
        })
    }

    pub(super) fn personal_hash(&self) -> Option<&[u8]> {
        self.fields[8].as_deref()
    }

    pub(super) fn hash(&self, seq: i64, previous: &Hash) -> Hash {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(previous);
        bytes.extend_from_slice(b"gatehouse audit 1");
        bytes.extend_from_slice(&seq.to_be_bytes());
        bytes.extend_from_slice(&self.at.as_micros().to_be_bytes());
        append(&mut bytes, Some(self.id.as_bytes()));
        for field in &self.fields {
            append(&mut bytes, field.as_deref());
        }
        sha256(&[&bytes])
    }
}

pub(super) fn personal_hash(salt: &[u8], fields: &str) -> Hash {
    sha256(&[b"gatehouse audit personal 1", salt, fields.as_bytes()])
}

/// Of a column.
pub(super) fn to_hash(row: &Row, column: &str) -> Result<Hash, DbError> {
    let bytes: Vec<u8> = row.get(column)?;
    bytes.try_into().map_err(|_| DbError::Unreadable(format!("audit: {column} is not 32 bytes")))
}

fn append(bytes: &mut Vec<u8>, field: Option<&[u8]>) {
    let Some(field) = field else { return bytes.push(0) };
    bytes.push(1);
    bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
    bytes.extend_from_slice(field);
}

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(fields: [Option<Vec<u8>>; 9]) -> Link {
        Link { id: "aud_1".to_owned(), at: Timestamp::from_secs(1), fields }
    }

    proptest! {
        #[test]
        fn different_fields_have_different_bytes(
            a in proptest::array::uniform9(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3))),
            b in proptest::array::uniform9(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3))),
        ) {
            let same = a == b;
            prop_assert_eq!(link(a).hash(1, &[0; 32]) == link(b).hash(1, &[0; 32]), same);
        }
    }

    #[test]
    fn number_and_previous_count() {
        let empty = || link(Default::default());
        assert_ne!(empty().hash(1, &[0; 32]), empty().hash(2, &[0; 32]));
        assert_ne!(empty().hash(1, &[0; 32]), empty().hash(1, &[1; 32]));
    }
}
