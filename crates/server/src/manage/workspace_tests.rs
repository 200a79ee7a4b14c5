//! `/manage/v1/workspaces/{id}/tests`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::WorkspaceId;
use gatehouse_store::results::tests::WorkspaceTest;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Listed, Paging, Params, Path, Refusal};
use crate::actions::workspaces;
use crate::context::Context;

/// What a page token of tests is made for.
const TESTS: &str = "result_tests";

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A test whose sessions the members of a workspace see.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WorkspaceTest)]
pub struct WorkspaceTestView {
    /// What calls name as `testId`.
    pub id: String,
    /// As whoever made it called it.
    pub title: String,
    /// Completed sessions.
    pub completed_count: i64,
}

impl From<&WorkspaceTest> for WorkspaceTestView {
    fn from(test: &WorkspaceTest) -> Self {
        Self { id: test.id.to_string(), title: test.title.clone(), completed_count: test.completed_count }
    }
}

/// List the tests of a workspace
#[utoipa::path(get, path = "/workspaces/{id}/tests", tag = "Workspaces",
    params(("id" = String, Path, description = "`wsp_…`"), Paging), responses(
    (status = 200, description = "A page of them", body = Listed<WorkspaceTestView>),
))]
async fn list(
    State(ctx): State<Context>,
    Path(id): Path<WorkspaceId>,
    Params(paging): Params<Paging>,
) -> Result<Json<Listed<WorkspaceTestView>>, Refusal> {
    let window = paging.window(&ctx, TESTS)?;
    let found = workspaces::tests(&ctx, id, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(found, &window, |test| test.id.to_string())))
}
