//! What every page of an authorization request needs to know of the request that asks for it.

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use gatehouse_core::id::RequestId;
use http::Method;
use http::request::Parts;

use crate::oauth::addressed::Addressed;
use crate::portal::at::At;
use crate::portal::visitor::{SignedIn, Visitor};
use crate::state::AppState;

/// One request.
pub struct Visit {
    pub(crate) app: AppState,
    /// At which of our addresses.
    pub(crate) at: At,
    /// Who is signed in.
    pub(crate) who: Option<SignedIn>,
    pub(crate) request_id: RequestId,
    pub(crate) method: Method,
    /// Without the query.
    pub(crate) path: String,
    /// The server that the address names.
    pub(crate) server_id: String,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let Ok(at) = At::from_request_parts(parts, app).await;
        let Ok(Visitor(who)) = Visitor::from_request_parts(parts, app).await;
        let Ok(Addressed(server_id)) = Addressed::from_request_parts(parts, app).await;
        let Extension(request_id) =
            Extension::<RequestId>::from_request_parts(parts, app).await.map_err(|rejection| {
                tracing::error!(error = %rejection, "authorize.not_routed");
                http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
            })?;
        let path = parts.uri.path().to_owned();
        Ok(Self { app: app.clone(), at, who, request_id, method: parts.method.clone(), path, server_id })
    }
}
