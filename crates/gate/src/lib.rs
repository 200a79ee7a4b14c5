//! The data plane of Gatehouse: match route, check token, quota, forward. Works from a snapshot value.

mod caller;
pub mod path;
pub mod problem;
pub mod quota;
pub mod route;
mod sharded;
pub mod usage;

pub use caller::Caller;
