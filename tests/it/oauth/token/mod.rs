//! `POST /oauth2/{server}/v1/token`.

mod behind;
mod cases;
pub(crate) mod claims;
mod codes;
mod enumeration;
mod refreshing;
mod refusals;
mod request;
mod success;
