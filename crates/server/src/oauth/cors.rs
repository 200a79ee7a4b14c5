//! Cross-origin requests at the endpoints that programs in browsers call: token, revocation, userinfo.
//!
//! Let in are the origins of `browser` applications' redirect URIs, without credentials: these endpoints look at no
//! cookie. Never on pages: what a person is shown is not for scripts of others.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gatehouse_store::applications;
use gatehouse_store::db::{DbError, Tx};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::state::{App, AppState};

/// Seconds for which a browser may remember a preflight.
const MAX_AGE: &str = "600";

/// Who may come, as of one state of the applications.
#[derive(Debug, Default)]
pub struct Origins(ArcSwapOption<Known>);

#[derive(Debug)]
struct Known {
    /// Number of the last change that is in it.
    seq: i64,
    origins: HashSet<String>,
}

/// Around the endpoints.
pub async fn layer(State(app): State<AppState>, request: Request, next: Next) -> Response {
    // The usual client is no browser.
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else { return next.run(request).await };
    let allowed = match is_known(&app, &origin).await {
        Ok(allowed) => allowed,
        Err(error) => {
            tracing::warn!(%error, "cors.origins_not_read");
            false
        }
    };
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match preflight {
        true => (StatusCode::NO_CONTENT, Body::empty()).into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if preflight { preflighted(headers) } else { exposed(headers) }
    }
    response
}

fn preflighted(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, DPoP"),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn exposed(headers: &mut HeaderMap) {
    let names = HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, Retry-After");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
}

/// Read anew when anything has changed since; changes are rare.
async fn is_known(app: &App, origin: &HeaderValue) -> Result<bool, DbError> {
    let Ok(origin) = origin.to_str() else { return Ok(false) };
    let seq = app.directory.seq();
    if let Some(known) = app.origins.0.load_full().filter(|known| known.seq == seq) {
        return Ok(known.origins.contains(origin));
    }
    let uris = app.ctx.db.read(async |tx: &mut Tx| applications::browser_redirect_uris(tx).await).await?;
    let origins: HashSet<String> = uris.iter().filter_map(|uri| origin_of(uri)).collect();
    let known = origins.contains(origin);
    app.origins.0.store(Some(Arc::new(Known { seq, origins })));
    Ok(known)
}

fn origin_of(uri: &str) -> Option<String> {
    let origin = Url::parse(uri).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}
