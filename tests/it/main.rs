//! The integration tests: one binary, paths mirroring the routes.

mod gate;
mod jobs;
mod manage;
mod serve;
mod support;
