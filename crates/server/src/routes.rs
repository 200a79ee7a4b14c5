//! THE table: every path and the function that answers it.

use axum::Router;
use axum::routing::get;

use crate::state::AppState;
use crate::{operator, portal};

/// What the public listener answers.
pub fn public(app: &AppState) -> Router {
    Router::new()
        .route("/", get(portal::home::get))
        .route("/assets/{file}", get(portal::assets::get))
        .fallback(portal::not_found::any)
        .with_state(app.clone())
}

/// What the operator's listener answers.
pub fn operator(app: &AppState) -> Router {
    Router::new()
        .route("/healthz", get(operator::healthz::get))
        .route("/readyz", get(operator::readyz::get))
        .route("/metrics", get(operator::metrics::get))
        .fallback(portal::not_found::any)
        .with_state(app.clone())
}
