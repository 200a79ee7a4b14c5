//! Pages.

mod apis;
mod applications;
mod assets;
mod dashboard;
mod requests;
mod session_over;
