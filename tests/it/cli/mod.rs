//! The started binary.

mod accounts;
mod config;
mod dev;
mod full_disk;
mod requests;
mod revocation;
mod serve;
