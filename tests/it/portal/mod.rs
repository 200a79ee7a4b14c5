//! Pages.

mod apis;
mod assets;
mod dashboard;
mod requests;
mod session_over;
