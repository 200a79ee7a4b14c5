//! Rules and protocol of Gatehouse, pure: no I/O, no clock, no randomness. `now` and random bytes are arguments.

pub mod field;
pub mod id;
pub mod identity;
pub mod jose;
pub mod oauth;
pub mod portal;
pub mod random;
pub mod results;
pub mod secret;
pub mod text_enum;
pub mod time;
