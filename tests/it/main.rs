//! The integration tests: one binary, paths mirroring the routes.

mod serve;
mod support;
