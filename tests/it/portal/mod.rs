//! Pages.

mod apis;
mod assets;
mod session_over;
