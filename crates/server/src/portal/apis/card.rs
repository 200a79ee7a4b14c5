//! An API as a card of the catalogue.

use super::words;
use crate::actions::apis::Listed;
use crate::portal::markdown::first_words;

/// Characters of the description on a card.
const LONGEST_SUMMARY: usize = 180;

/// One card.
#[derive(Clone, Debug)]
pub struct Card {
    /// In its address.
    pub slug: String,
    /// As people see it.
    pub name: String,
    /// The beginning of the description.
    pub summary: String,
    /// `10 calls a minute`
    pub plan: String,
    /// `2 scopes`
    pub scopes: String,
    /// Whether a scope opens personal or business data.
    pub is_sensitive: bool,
}

impl From<&Listed> for Card {
    fn from(listed: &Listed) -> Self {
        Self {
            slug: listed.api.slug.clone(),
            name: listed.api.name.clone(),
            summary: first_words(&listed.api.description, LONGEST_SUMMARY),
            plan: words::plan(listed.api.plan),
            scopes: words::count(i64::try_from(listed.scopes.len()).unwrap_or(i64::MAX), "scope"),
            is_sensitive: listed.is_sensitive(),
        }
    }
}
