//! OAuth 2.0 rules (RFC 6749 and its family).

pub mod authorization_server;
pub mod claims;
pub mod client_auth;
pub mod client_credentials;
pub mod error;
pub mod grant_type;
pub mod metadata;
pub mod params;
pub mod redirect_uri;
pub mod revocation;
pub mod scope;
pub mod signing_key;
