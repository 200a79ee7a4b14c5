//! People, the teams and workspaces that they belong to, and what they sign in with.

pub mod browser;
pub mod email;
pub mod free_mail;
pub mod name;
pub mod one_time_link;
pub mod operator_key;
pub mod organization;
pub mod organization_invitation;
pub mod passkey;
pub mod password;
pub mod profile;
pub mod recovery_code;
pub mod session;
pub mod totp;
pub mod user;
pub mod workspace;
