//! The started binary.

mod accounts;
mod changes;
mod config;
mod dev;
mod full_disk;
mod requests;
mod reveal;
mod revocation;
mod serve;
