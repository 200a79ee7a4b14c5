//! The management API: everything that an operator's screen can do, as JSON under `/manage/v1`.
//!
//! # How to add a noun
//!
//! 1. `manage/{noun}.rs` with `pub fn routes() -> OpenApiRouter<Context>` that lists its handlers by
//!    `.routes(routes!(list, create))` (one call per path), and one line in `nouns` below.
//! 2. A handler is an `async fn` with `#[utoipa::path(post, path = "/nouns", …)]`; the path stands without
//!    `/manage/v1`. It takes `State(ctx): State<Context>`, `actor: Actor`, `Path<NounId>`, at most one of [`Body<T>`]
//!    and [`Params<T>`], calls one action, and returns `Result<Created<View>, Refusal>`, `Result<Json<View>, Refusal>`,
//!    `Result<Json<Listed<View>>, Refusal>` or `Result<NoContent, Refusal>`; `?` turns an `ActionError` into a
//!    [`Refusal`].
//! 3. Inputs derive `Deserialize` and `ToSchema` and carry `#[serde(deny_unknown_fields)]`. Views are structs of their
//!    own (`NounView: Serialize + ToSchema`, `From<&Noun>`), `snake_case`, ids as `String`, times as [`Iso`]; the
//!    command line prints the same view for `--json`. The answer for errors stands at every operation by itself.
//! 4. Lists take `limit` and `cursor` ([`Paging`]) and order by id; the cursor is the last id of the
//!    page before, sealed.
//! 5. `cargo xtask generate` writes `docs/reference/manage-openapi.json` anew; CI compares.
//!
//! Authentication, request ids, bounds and error bodies come from the layers of [`router`]; handlers know none of it.

pub mod access_requests;
pub mod apis;
pub mod application_changes;
pub mod applications;
pub mod audit_events;
pub mod authenticate;
pub mod body;
pub mod canned_replies;
pub mod client_secret_links;
pub mod client_secret_slots;
pub mod client_secrets;
pub mod connected_applications;
mod document;
pub mod entitlements;
pub mod factors;
pub mod mails;
pub mod operator_keys;
pub mod organizations;
pub mod page;
pub mod refused_calls;
pub mod server_applications;
pub mod servers;
pub mod sessions;
pub mod users;
pub mod view;
pub mod workspace_tests;
pub mod workspaces;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use axum::{Json, Router};
use gatehouse_gate::problem::{ErrorPages, Problem};
use utoipa_axum::router::OpenApiRouter;

pub use crate::error::Refusal;
pub use body::{Body, Path};
pub use page::{Listed, Paging, Params};
pub use view::{Created, Iso, NoContent, ProblemView};

use crate::context::Context;

/// Bytes of the largest body: an OpenAPI document of a big API fits.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// Every noun, one line each.
fn nouns() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .merge(access_requests::routes())
        .merge(apis::routes())
        .merge(application_changes::routes())
        .merge(applications::routes())
        .merge(audit_events::routes())
        .merge(canned_replies::routes())
        .merge(client_secret_links::routes())
        .merge(client_secret_slots::routes())
        .merge(client_secrets::routes())
        .merge(connected_applications::routes())
        .merge(entitlements::routes())
        .merge(factors::routes())
        .merge(mails::routes())
        .merge(operator_keys::routes())
        .merge(organizations::routes())
        .merge(refused_calls::routes())
        .merge(workspace_tests::routes())
        .merge(servers::routes())
        .merge(server_applications::routes())
        .merge(sessions::routes())
        .merge(users::routes())
        .merge(workspaces::routes())
}

/// The management API, ready to be merged into the table of routes.
pub fn router(ctx: &Context, pages: &ErrorPages) -> Router {
    let (router, document) = split();
    let document = Arc::new(document::complete(document));
    router
        .route("/manage", any(nothing_here))
        .route("/manage/{*path}", any(nothing_here))
        .layer(from_fn_with_state(authenticate::Gatekeeper::new(ctx.clone()), authenticate::authenticate))
        // The description is public, as the printed one in the documentation is.
        .route("/manage/v1/openapi.json", get(async move || Json(Arc::clone(&document))))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(view::no_store))
        .layer(from_fn_with_state((ctx.clone(), pages.clone()), crate::error::render))
        .with_state(ctx.clone())
}

/// Its description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::complete(split().1)
}

fn split() -> (Router<Context>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(document::frame()).nest("/manage/v1", nouns()).split_for_parts()
}

async fn nothing_here() -> Refusal {
    Problem::not_found("There is no such address in the management API; /manage/v1/openapi.json lists them.").into()
}
