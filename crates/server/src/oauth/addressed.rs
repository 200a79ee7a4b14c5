//! The authorization server that an address names.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use gatehouse_core::oauth::authorization_server::ServerId;
use http::request::Parts;

use crate::state::AppState;

/// An id from the path of a request. What cannot be one is empty, which no server is called: every endpoint answers in its
/// own way that there is none, and nothing else gets into headers and pages.
pub struct Addressed(pub String);

impl FromRequestParts<AppState> for Addressed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let id = path.ok().and_then(|Path(text)| text.parse::<ServerId>().ok());
        Ok(Self(id.map(|id| id.to_string()).unwrap_or_default()))
    }
}
