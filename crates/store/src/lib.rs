//! Storage of Gatehouse: the only crate that knows SQL.
//!
//! One file per table or family of tables, each a list of functions over [`db::Tx`] with their statements in sight.

pub mod changes;
pub mod db;
pub mod results;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
