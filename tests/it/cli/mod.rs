//! The started binary.

mod config;
mod dev;
mod full_disk;
mod revocation;
mod serve;
