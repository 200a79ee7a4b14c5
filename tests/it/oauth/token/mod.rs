//! `POST /oauth2/{server}/v1/token`.

mod behind;
mod cases;
mod claims;
mod codes;
mod enumeration;
mod refreshing;
mod refusals;
mod request;
mod success;
