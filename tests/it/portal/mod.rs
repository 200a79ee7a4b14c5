//! Pages.

mod apis;
mod assets;
mod dashboard;
mod session_over;
