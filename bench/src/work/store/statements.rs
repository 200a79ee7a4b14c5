//! One rotation, as a refresh does it: find the token, use it up on one condition, insert its successor.

/// A table of its own, so that the measure does not change with the schema.
pub(super) const TABLE: &str = "CREATE TABLE bench_tokens (hash BLOB NOT NULL PRIMARY KEY, family TEXT NOT NULL, \
                                generation INTEGER NOT NULL, issued_at INTEGER NOT NULL, used_at INTEGER) STRICT";

/// The same on PostgreSQL.
pub(super) const POSTGRES_TABLE: &str = "CREATE TABLE bench_tokens (hash BYTEA NOT NULL PRIMARY KEY, \
                                         family TEXT NOT NULL, generation BIGINT NOT NULL, issued_at BIGINT NOT NULL, \
                                         used_at BIGINT)";

pub(super) const FIND: &str = "SELECT family, generation, used_at FROM bench_tokens WHERE hash = $1";

pub(super) const USE: &str = "UPDATE bench_tokens SET used_at = $1 WHERE hash = $2 AND used_at IS NULL";

pub(super) const INSERT: &str =
    "INSERT INTO bench_tokens (hash, family, generation, issued_at) VALUES ($1, $2, $3, $4)";

/// Stands for the SHA-256 of the token of this family and generation.
pub(super) fn hash(family: usize, generation: i64) -> Vec<u8> {
    let text = format!("{family}/{generation}");
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref().to_vec()
}
