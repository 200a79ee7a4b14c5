//! What people do with their own accounts: sign up, verify the address, sign in, forget and change the password.
//!
//! Nothing here tells a stranger whether an address has an account (CVE-2026-4633, -9794, CVE-2024-41952): answers are
//! the same, and so is the work. Guessing is slowed down by the pages ([`crate::login::throttle`]).

mod change_email;
mod change_password;
mod finish_sign_up;
mod links;
mod profile;
mod reset_password;
mod shared_profile;
mod sign_in;
mod sign_in_again;
mod sign_up;
mod verify_email;

pub use change_email::{
    EmailChange, cancel_email_change, check_email_change, confirm_email_change, email_change_of, pending_email,
    request_email_change,
};
pub use change_password::change_password;
pub(in crate::actions) use change_password::prove;
pub use finish_sign_up::{Means, finish_sign_up, unfinished};
pub use links::{Followed, addressee, open_link};
pub use profile::{ProfileChange, edit_profile};
pub use reset_password::{request_reset, reset_password, send_reset};
pub use shared_profile::{edit_shared_profile, shared_profile};
pub use sign_in::{Attempt, Known, sign_in};
pub use sign_in_again::{Again, code_alone, sign_in_again};
pub use sign_up::{SignUp, sign_up};
pub use verify_email::{send_verification, verification_of, verify_email};

#[cfg(test)]
mod tests;
