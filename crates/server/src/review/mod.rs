//! The review desk: the list of what waits, and one page per request with everything to decide on.

pub mod assign;
pub mod change;
pub mod changes;
pub mod decide;
mod fill;
pub mod message;
mod query;
pub mod queue;
pub mod replies;
pub mod reply;
mod scopes;
pub mod show;
mod thread;
pub mod together;
mod words;
