//! What every page of an authorization request needs to know of the request that asks for it.

use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use gatehouse_core::id::RequestId;
use http::Method;
use http::request::Parts;

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
        let rejected = |rejection: &dyn std::fmt::Display| {
            tracing::error!(error = %rejection, "authorize.not_routed");
            http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        };
        let Path(server_id) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|rejection| rejected(&rejection))?;
        let Extension(request_id) =
            Extension::<RequestId>::from_request_parts(parts, app).await.map_err(|rejection| rejected(&rejection))?;
        let path = parts.uri.path().to_owned();
        Ok(Self { app: app.clone(), at, who, request_id, method: parts.method.clone(), path, server_id })
    }
}
