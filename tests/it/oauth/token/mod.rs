//! `POST /oauth2/{server}/v1/token`.

mod cases;
mod refusals;
mod request;
mod success;
