//! Devices without a browser (RFC 8628): `start` answers the device, the other files are the pages of its person, all at
//! one short address whichever authorization server it is for.
//!
//! Against remote phishing (§5.4) the person is always asked, whatever they or an operator allowed before: a link with a
//! code in it proves nothing about whose device it is.

pub mod confirm;
pub mod enter;
pub mod start;
mod visit;

use gatehouse_core::oauth::user_code::UserCode;

/// Path of the pages.
const PATH: &str = "/device";

/// The page with the code filled in.
fn path_with(code: &UserCode) -> String {
    format!("{PATH}?user_code={code}")
}
