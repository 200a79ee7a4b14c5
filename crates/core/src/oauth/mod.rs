//! OAuth 2.0 rules (RFC 6749 and its family).

pub mod acr;
pub mod admission;
pub mod authorization_server;
pub mod authorize;
pub mod carried;
pub mod claims;
pub mod claims_request;
pub mod client_auth;
pub mod code;
pub mod consent;
pub mod entitled;
pub mod error;
pub mod grant;
pub mod grant_type;
pub mod id_token;
pub mod metadata;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod refresh;
pub mod resume;
pub mod revocation;
pub mod scope;
pub mod signing_key;
pub mod subject;
pub mod user_claims;
