//! `GET /v2/sessionResults/{sessionId}` and `GET /v3/sessionResults/{sessionId}`

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use gatehouse_core::results::details::{SessionDetails, SessionDetailsV2};
use gatehouse_core::results::params;
use gatehouse_gate::caller::Caller;
use gatehouse_store::db::Db;
use gatehouse_store::results::sessions;
use http::Response;

use super::answer::{Failure, respond};
use super::viewer;

/// A path segment that is no UTF-8 is no UUID either.
type Segment = Result<Path<String>, PathRejection>;

/// The older form.
pub(super) async fn v2(State(db): State<Db>, Extension(caller): Extension<Caller>, id: Segment) -> Response<Body> {
    let details = session(&db, &caller, id).await;
    respond(details.map(SessionDetailsV2::from), &caller)
}

/// With task groups.
pub(super) async fn v3(State(db): State<Db>, Extension(caller): Extension<Caller>, id: Segment) -> Response<Body> {
    respond(session(&db, &caller, id).await, &caller)
}

async fn session(db: &Db, caller: &Caller, id: Segment) -> Result<SessionDetails, Failure> {
    let text = id.map(|Path(text)| text).unwrap_or_default();
    let session_id = params::path_id("sessionId", &text).map_err(|error| Failure::Params(vec![error]))?;
    let viewer = viewer(caller);
    let details = db.read(async move |tx| sessions::details(tx, &viewer, session_id).await).await?;
    details.ok_or(Failure::NotFound("There is no such session, or it is not in a workspace that you can see."))
}
