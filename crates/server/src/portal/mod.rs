//! Pages.

pub mod assets;
pub mod home;
pub mod not_found;
