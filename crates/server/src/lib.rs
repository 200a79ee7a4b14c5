//! Everything HTTP of the control plane of Gatehouse, and the actions that its pages, its management API and the
//! command line share.

pub mod actions;
pub mod clock;
pub mod config;
pub mod context;
pub mod development;
pub mod directory;
pub mod error;
pub mod essentials;
pub mod every_second;
pub mod gate;
pub mod hosts;
pub mod jobs;
pub mod login;
pub mod mail;
pub mod manage;
pub mod node;
pub mod oauth;
pub mod operator;
pub mod outbound;
mod page_token;
pub mod password_hashing;
pub mod portal;
pub mod random;
pub mod results;
pub mod review;
pub mod routes;
pub mod sample;
pub mod serve;
pub mod state;

#[cfg(test)]
mod testing;
