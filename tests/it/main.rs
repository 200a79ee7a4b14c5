//! The integration tests: one binary, paths mirroring the routes.

mod cli;
mod clients;
mod crash;
mod gate;
mod jobs;
mod login;
mod mail;
mod manage;
mod oauth;
mod portal;
mod results;
mod review;
mod serve;
mod set_up;
mod support;
