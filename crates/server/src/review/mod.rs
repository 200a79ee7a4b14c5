//! The review desk: the list of what waits, and one page per request with everything to decide on.

pub mod assign;
pub mod decide;
pub mod message;
mod query;
pub mod queue;
mod scopes;
pub mod show;
mod thread;
mod words;
