//! `GET /`: what is here, until the catalogue is.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::chrome::{Chrome, Section};
use super::page;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    chrome: Chrome<'static>,
    commands: String,
}

/// The page.
pub async fn get(State(app): State<AppState>) -> Response {
    let (issuer_url, api_url) = (&app.config.issuer_url, &app.config.api_url);
    let commands = format!(
        "curl {issuer_url}/oauth2/default/v1/token \\\n\
         \x20 --data-urlencode \"grant_type=client_credentials\" \\\n\
         \x20 --data-urlencode \"client_id=$CLIENT_ID\" \\\n\
         \x20 --data-urlencode \"client_secret=$CLIENT_SECRET\" \\\n\
         \x20 --data-urlencode \"scope=public_api.read\"\n\n\
         curl \"{api_url}/v2/sessionResults?testId=$TEST_ID&limit=10\" \\\n\
         \x20 --header \"token: $ACCESS_TOKEN\""
    );
    page::public(StatusCode::OK, &Home { chrome: Chrome::public(Section::Home), commands })
}
