//! Organizations, applications, secrets, access requests, entitlements.

pub mod access_request;
pub mod api;
pub mod api_credential;
pub mod application;
pub mod application_change;
pub mod application_fields;
pub mod canned_reply;
pub mod client_secret;
pub mod client_secret_link;
pub mod client_secret_slot;
pub mod entitlement;
pub mod link_key;
pub mod openapi;
pub mod review;
pub mod scope;
