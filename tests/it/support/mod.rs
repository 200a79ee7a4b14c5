//! What every test stands on.
//!
//! ```text
//! #[tokio::test]
//! async fn refuses_nonsense() {
//!     on_each_engine(async |app: &TestApp| {
//!         let answer = app.get("/v2/nonsense").await;
//!         assert_eq!(answer.status(), 404);
//!     })
//!     .await;
//! }
//! ```
//!
//! Every test has a database, a port, a clock that stands still and random bytes of its own, so tests run together in
//! any order. Nothing runs by itself: `poll_changes_now` and `run_jobs_now` do what the background would.

mod app;
pub(crate) mod authenticator;
pub(crate) mod authorize;
pub(crate) mod binary;
pub(crate) mod browser;
mod clients;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod process;
pub(crate) mod receiver;
pub(crate) mod smtp;
pub(crate) mod world;

pub(crate) use app::{TestApp, context, on_each_engine};
pub(crate) use clients::http;
