//! Storage of Gatehouse: the only crate that knows SQL.
//!
//! One file per table or family of tables, each a list of functions over [`db::Tx`] with their statements in sight.

pub mod access_request_drafts;
pub mod access_requests;
pub mod api_credentials;
pub mod api_versions;
pub mod apis;
pub mod application_changes;
pub mod application_summaries;
pub mod applications;
pub mod audit;
pub mod authorization_server_applications;
pub mod authorization_servers;
pub mod canned_replies;
pub mod changes;
pub mod client_secret_links;
pub mod client_secret_slots;
pub mod client_secrets;
pub mod codes;
pub mod consents;
pub mod db;
pub mod device_codes;
pub mod entitlements;
pub mod grants;
pub mod jobs;
pub mod known_browsers;
pub mod notifications;
pub mod one_time_links;
pub mod operator_keys;
pub mod organization_invitations;
pub mod organization_members;
pub mod organizations;
pub mod outbox;
pub mod passkeys;
pub mod profiles;
pub mod recovery_codes;
pub mod refresh_tokens;
pub mod refused_calls;
pub mod results;
pub mod revocations;
pub mod scopes;
pub mod session_applications;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
pub mod totp_seeds;
pub mod usage;
pub mod used_tickets;
pub mod users;
pub mod workspace_invitations;
pub mod workspace_members;
pub mod workspace_readers;
pub mod workspaces;
