//! `GET /`: what this is, for people who come for the first time, with the catalogue; the dashboard for whoever is
//! signed in.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use http::StatusCode;
use serde::Deserialize;

use super::apis::card::Card;
use super::apis::samples;
use super::chrome::{Chrome, Section};
use super::visitor::Visitor;
use super::{dashboard, failed, page};
use crate::actions::ActionError;
use crate::actions::apis::catalogue;
use crate::state::{App, AppConfig, AppState};

/// APIs that are shown at once; the catalogue has all of them.
const MOST_CARDS: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    chrome: Chrome<'static>,
    cards: Vec<Card>,
    token_command: String,
    call_command: String,
}

/// What the address says.
#[derive(Default, Deserialize)]
pub struct Asked {
    /// What was done before.
    #[serde(default)]
    done: String,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    visitor: Visitor,
    Extension(request_id): Extension<RequestId>,
    Query(asked): Query<Asked>,
) -> Response {
    let answer = match &visitor.0 {
        Some(signed_in) => dashboard::get(&app, signed_in, &asked.done).await,
        None => welcome(&app).await,
    };
    answer.unwrap_or_else(|error| failed::page(&error, request_id))
}

async fn welcome(app: &App) -> Result<Response, ActionError> {
    let found = catalogue(&app.ctx, "").await?;
    let AppConfig { issuer_url, api_url, .. } = &app.config;
    let token_url = format!("{issuer_url}/oauth2/default/v1/token");
    let (token_command, call_command) = samples::first_commands(&token_url, api_url);
    let home = Home {
        chrome: Chrome::public(Section::Home),
        cards: found.iter().take(MOST_CARDS).map(Card::from).collect(),
        token_command,
        call_command,
    };
    Ok(page::public(StatusCode::OK, &home))
}
