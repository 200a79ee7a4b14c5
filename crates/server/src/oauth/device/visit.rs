//! What the pages need to know of the request that asks for them.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::response::{IntoResponse, Response};
use axum::{Extension, RequestPartsExt as _};
use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::user_code::UserCode;
use http::StatusCode;
use http::request::Parts;

use super::{PATH, path_with};
use crate::oauth::authorize::{onward, see_other};
use crate::portal::at::At;
use crate::portal::visitor::{SignedIn, Visitor};
use crate::state::AppState;

/// One request of somebody.
pub struct Visit {
    pub(super) app: AppState,
    /// At which of our addresses.
    pub(super) at: At,
    /// Who is signed in.
    pub(super) who: Option<SignedIn>,
    pub(super) request_id: RequestId,
    /// The other end.
    pub(super) address: Option<IpAddr>,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let Ok(at) = At::from_request_parts(parts, app).await;
        let Ok(Visitor(who)) = Visitor::from_request_parts(parts, app).await;
        let Extension(request_id) = parts.extract::<Extension<RequestId>>().await.map_err(|rejection| {
            tracing::error!(error = %rejection, "device.not_routed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        })?;
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self { app: app.clone(), at, who, request_id, address })
    }
}

/// To sign in and come back with the code.
pub(super) fn sign_in(code: Option<&UserCode>) -> Response {
    let path = code.map_or_else(|| PATH.to_owned(), path_with);
    see_other(&onward::sign_in(&path))
}
