//! The data plane of Gatehouse: match route, check token, quota, forward. Works from a snapshot value.

pub mod problem;
