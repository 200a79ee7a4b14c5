//! `GET /apis`: every published API, or those that a search finds.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use gatehouse_core::id::RequestId;
use http::StatusCode;
use serde::Deserialize;

use super::card::Card;
use crate::actions::apis::catalogue;
use crate::portal::chrome::{Chrome, Section};
use crate::portal::visitor::Visitor;
use crate::portal::{failed, page};
use crate::state::AppState;

/// Longest search in characters.
const LONGEST_SEARCH: usize = 200;

/// What may stand behind the `?`.
#[derive(Debug, Deserialize)]
pub struct Search {
    q: Option<String>,
}

#[derive(Template)]
#[template(path = "apis/list.html")]
struct List<'a> {
    chrome: Chrome<'a>,
    search: &'a str,
    cards: Vec<Card>,
}

/// The page.
pub async fn get(
    State(app): State<AppState>,
    Query(query): Query<Search>,
    visitor: Visitor,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let search: String = query.q.unwrap_or_default().trim().chars().take(LONGEST_SEARCH).collect();
    match catalogue(&app.ctx, &search).await {
        Ok(found) => {
            let cards = found.iter().map(Card::from).collect();
            let list = List { chrome: visitor.chrome(Section::Apis), search: &search, cards };
            page::seen_by(&visitor, StatusCode::OK, &list)
        }
        Err(error) => failed::page(&error, request_id),
    }
}
