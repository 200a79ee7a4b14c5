//! `POST /oauth2/{server}/v1/token`.

mod behind;
mod cases;
mod enumeration;
mod refusals;
mod request;
mod success;
