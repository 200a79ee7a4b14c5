//! Pages.

mod apis;
mod applications;
mod assets;
mod connected_applications;
mod dashboard;
mod organizations;
mod requests;
mod reveal;
mod roles;
mod session_over;
mod workspaces;
