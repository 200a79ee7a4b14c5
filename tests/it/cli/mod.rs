//! The started binary.

mod config;
mod dev;
mod process;
mod serve;
