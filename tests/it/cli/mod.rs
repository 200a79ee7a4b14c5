//! The started binary.

mod config;
mod dev;
mod revocation;
mod serve;
