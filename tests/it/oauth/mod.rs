//! `/oauth2/{server}/v1/…`.

mod authorize;
mod keys;
mod metadata;
mod token;
