//! The started binary.

mod config;
mod dev;
mod serve;
