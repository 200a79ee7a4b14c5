//! Pages.

pub mod apis;
pub mod applications;
pub mod assets;
pub mod at;
pub mod choice;
pub mod chrome;
#[cfg(test)]
mod components;
pub mod connected_applications;
pub mod csrf;
pub mod dashboard;
pub mod docs;
pub mod failed;
pub mod form;
pub mod form_errors;
pub mod home;
pub mod invitations;
pub mod markdown;
pub mod moment;
pub mod not_found;
pub mod organizations;
pub mod page;
mod people;
pub mod request_form;
pub mod requests;
pub mod reveal;
pub mod session_over;
pub mod set_up;
pub mod visitor;
pub mod workspaces;
