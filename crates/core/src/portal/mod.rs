//! Organizations, applications, secrets, access requests, entitlements.

pub mod access_request;
pub mod application;
pub mod application_fields;
pub mod client_secret;
pub mod entitlement;
pub mod review;
