//! `GET /`: what is here, until the catalogue is.

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::state::AppState;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    issuer: String,
    api_url: &'a str,
}

/// The page.
pub async fn get(State(app): State<AppState>) -> Response {
    let home = Home { issuer: format!("{}/oauth2/default", app.config.issuer_url), api_url: &app.config.api_url };
    match home.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "page.not_rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
