//! `/oauth2/{server}/v1/…`.

mod token;
