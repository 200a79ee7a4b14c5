//! Puts the gate in front of the APIs: builds its snapshot from the store, gives it the requests that are its own, and
//! stores what it counts.

mod catalogue;
mod flush;
mod refused_calls;
mod reload;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use gatehouse_gate::problem::ErrorPages;
use gatehouse_gate::{Gate, Origin, Upstreams};
use http::{Request, Response};

pub use flush::flush;
pub use refused_calls::flush_refused;
pub use reload::{reload, reload_catalogue, reload_grants};

use crate::context::Context;
use crate::portal;
use crate::state::AppState;

/// A gate in front of the built-in services, each under the name that an API of the catalogue calls its upstream by.
/// It refuses everything until [`reload()`] has given it a snapshot.
pub fn new(ctx: &Context, origin: Origin, pages: ErrorPages, builtin: &[(&str, Router)]) -> Gate {
    let upstreams = builtin.iter().fold(Upstreams::default(), |all, (name, service)| all.with(name, service.clone()));
    Gate::new(upstreams, origin, pages, ctx.clock.clone(), ctx.random.clone())
}

/// Whether answers of an API would share the portal's origin. Addresses without a slash at the end.
pub fn origin(portal_url: &str, api_url: &str) -> Origin {
    if portal_url == api_url { Origin::Shared } else { Origin::Own }
}

/// Every path that is no page and no endpoint of ours: an API's, or nobody's.
pub async fn any(State(app): State<AppState>, request: Request<Body>) -> Response<Body> {
    if app.gate.is_ours(request.uri().path()) {
        return app.gate.call(request).await;
    }
    portal::not_found::any(State(app), request).await
}
