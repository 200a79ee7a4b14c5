//! `GET /v2/sessionResults`

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use gatehouse_core::results::list::SessionList;
use gatehouse_core::results::params::{self, ListParams};
use gatehouse_gate::caller::Caller;
use gatehouse_store::db::Db;
use gatehouse_store::results::{sessions, tests};
use http::Response;

use super::answer::{Failure, respond};
use super::viewer;

/// Completed sessions of a test, newest first.
pub(super) async fn get(
    State(db): State<Db>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    respond(list(&db, &caller, &query.unwrap_or_default()).await, &caller)
}

async fn list(db: &Db, caller: &Caller, query: &str) -> Result<SessionList, Failure> {
    let ListParams { test_id, page } = params::list_params(query).map_err(Failure::Params)?;
    let viewer = viewer(caller);
    db.read(async move |tx| {
        let Some(count) = tests::completed_count(tx, &viewer, test_id).await? else {
            return Err(Failure::NotFound("There is no such test, or it is not in a workspace that you can see."));
        };
        let sessions = sessions::page(tx, test_id, count, page).await?;
        Ok(SessionList::new(test_id, page, count, sessions))
    })
    .await
}
