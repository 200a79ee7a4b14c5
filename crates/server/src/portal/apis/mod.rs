//! `/apis`: the catalogue and the pages of its APIs.

pub mod card;
mod clients;
pub mod list;
mod reference;
pub mod samples;
pub mod show;
pub(super) mod words;
