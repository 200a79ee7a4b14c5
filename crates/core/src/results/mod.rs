//! The Results API's shapes and its import format.
//!
//! What the API answers ([`list`], [`details`], [`task`], [`answer`]), what it accepts ([`params`]), and how data comes
//! in ([`import`]). All names on the wire are those of the public service.

pub mod answer;
pub mod details;
pub mod import;
pub mod list;
pub mod params;
pub mod task;

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// Reads a name that a newer program may have stored: what is not known here becomes the default, `UNRECOGNIZED`.
/// The import is strict; only what is already stored is read this way.
fn known_or_default<'de, T: FromStr + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok(name.parse().unwrap_or_default())
}

/// The same where null is allowed.
fn known_or_default_opt<'de, T: FromStr + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    Ok(name.map(|name| name.parse().unwrap_or_default()))
}
