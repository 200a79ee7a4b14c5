//! The integration tests: one binary, paths mirroring the routes.

mod gate;
mod serve;
mod support;
