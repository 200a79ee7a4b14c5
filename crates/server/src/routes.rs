//! THE table: every path and the function that answers it.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::state::AppState;
use crate::{directory, gate, manage, oauth, operator, portal};

/// What the public listener answers.
pub fn public(app: &AppState) -> Router {
    let take_in = from_fn_with_state(app.clone(), directory::watch::before_answer);
    Router::new()
        .route("/", get(portal::home::get))
        .route("/assets/{file}", get(portal::assets::get))
        .route("/set-up/done", get(portal::set_up::done))
        .route("/set-up/{token}", get(portal::set_up::get).post(portal::set_up::post))
        .route("/docs", get(portal::docs::index))
        .route("/docs/{*page}", get(portal::docs::get))
        .route("/oauth2/{server}/v1/token", post(oauth::token::post).fallback(oauth::token::not_post))
        .route("/oauth2/{server}/v1/keys", get(oauth::keys::get))
        .route("/oauth2/{server}/.well-known/oauth-authorization-server", get(oauth::metadata::get))
        .route("/.well-known/oauth-authorization-server/oauth2/{server}", get(oauth::metadata::get))
        // /v2/…, /v3/…, /api/… and whatever the APIs of the catalogue answer at; the gate has a table of its own.
        .fallback(gate::any)
        .with_state(app.clone())
        // /manage/…: every noun of `manage/mod.rs`, described by /manage/v1/openapi.json.
        .merge(manage::router(&app.ctx).layer(take_in))
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
