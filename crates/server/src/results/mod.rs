//! The Results API itself: what stands behind the gate under the upstream's name `builtin:results`.
//!
//! The gate has checked token, scope and quota, has taken the alias `/api` and a trailing slash from the path, and
//! tells in a [`Caller`] who asks; it puts the headers on what is answered here. This folder only reads parameters,
//! decides whose data may be seen, and writes JSON. No span per request: the gate's log line is enough.

mod answer;
mod list;
mod session;

use axum::Router;
use axum::routing::get;
use gatehouse_gate::caller::{Caller, OnBehalfOf};
use gatehouse_store::db::Db;
use gatehouse_store::results::Viewer;

/// The name of this upstream in an API of the catalogue.
pub const UPSTREAM: &str = "builtin:results";

/// Its OpenAPI document, the first entry of the catalogue.
pub const OPENAPI: &str = include_str!("openapi.json");

/// The service. Every request must carry a [`Caller`] in its extensions.
pub fn router(db: Db) -> Router {
    Router::new()
        .route("/v2/sessionResults", get(list::get))
        .route("/v2/sessionResults/{sessionId}", get(session::v2))
        .route("/v3/sessionResults/{sessionId}", get(session::v3))
        .with_state(db)
}

/// A customer's token sees that customer's workspaces, an application's own token those of its API user.
fn viewer(caller: &Caller) -> Viewer {
    match caller.on_behalf_of {
        OnBehalfOf::User(user_id) => Viewer::User(user_id),
        OnBehalfOf::CustomerOf(grant_id) => Viewer::CustomerOf(grant_id),
        OnBehalfOf::Application => Viewer::Application(caller.client_id.as_ref().to_owned()),
    }
}

#[cfg(test)]
mod tests;
