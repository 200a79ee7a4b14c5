//! Pages.

mod apis;
mod assets;
