//! `/oauth2/{server}/v1/…`.

mod keys;
mod metadata;
mod token;
