//! The authorization server over HTTP: one file per endpoint, and what endpoints share.

mod access_token;
pub mod addressed;
mod asking;
pub mod authorize;
pub mod call;
pub mod client;
pub mod cors;
pub mod device;
pub mod document;
pub mod error;
pub mod failure;
mod id_token;
pub mod introspect;
pub mod keys;
pub mod logout;
pub(crate) mod logout_token;
pub mod metadata;
mod presented;
pub mod request;
pub mod revoke;
pub mod signer;
pub mod throttle;
pub mod token;
pub mod token_usage;
pub mod userinfo;
