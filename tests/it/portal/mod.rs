//! Pages.

mod apis;
mod applications;
mod assets;
mod dashboard;
mod requests;
mod roles;
mod session_over;
