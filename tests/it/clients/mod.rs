//! Foreign judges in Rust, against the started binary. Those in other languages are in `tests/clients/`.

mod oauth2;
