//! `GET /readyz`: whether a balancer should send requests here.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use gatehouse_store::db::DbError;
use gatehouse_store::settings;
use http::StatusCode;

use crate::state::{App, AppState};

/// A database that answers later than this does not count as there.
const PATIENCE: Duration = Duration::from_secs(2);

/// 200, or 503 with the reason in a word.
pub async fn get(State(app): State<AppState>) -> (StatusCode, &'static str) {
    if app.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match tokio::time::timeout(PATIENCE, ask_database(&app)).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "readiness.database");
            (StatusCode::SERVICE_UNAVAILABLE, "database\n")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database\n"),
    }
}

async fn ask_database(app: &App) -> Result<(), DbError> {
    // Any row does, or none: what counts is that the database answers.
    app.ctx.db.read(async |tx| settings::get(tx, "ready").await.map(drop)).await
}
