//! Pages.

pub mod assets;
pub mod csrf;
pub mod docs;
pub mod failed;
pub mod form;
pub mod home;
pub mod not_found;
pub mod page;
pub mod set_up;
