//! What is in a workspace, and the programs that read it, for operators.

use gatehouse_core::id::WorkspaceId;
use gatehouse_store::results;
use gatehouse_store::results::tests::WorkspaceTest;
use gatehouse_store::workspace_readers::{self, WorkspaceReader};

use super::find;
use crate::actions::ActionError;
use crate::context::Context;

/// The applications whose API user is a member of the workspace: what its owners can take away.
pub async fn readers(ctx: &Context, id: WorkspaceId) -> Result<Vec<WorkspaceReader>, ActionError> {
    let now = ctx.now();
    ctx.db
        .read(async move |tx| {
            find(tx, id).await?;
            Ok(workspace_readers::list(tx, id, now).await?)
        })
        .await
}

/// The tests of a workspace in the order of their ids: `limit` after `after`.
pub async fn tests(
    ctx: &Context,
    id: WorkspaceId,
    after: String,
    limit: i64,
) -> Result<Vec<WorkspaceTest>, ActionError> {
    ctx.db
        .read(async move |tx| {
            find(tx, id).await?;
            Ok(results::tests::of_workspace(tx, id, &after, limit).await?)
        })
        .await
}
