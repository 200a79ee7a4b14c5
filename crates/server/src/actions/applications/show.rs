//! Looking at applications.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::portal::application::Application;
use gatehouse_store::applications;

use crate::actions::ActionError;
use crate::context::Context;

/// Which applications a list shows, and which page of it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this organization only.
    pub organization: Option<OrganizationId>,
    /// Ids greater than this one.
    pub after: String,
    /// Rows at most.
    pub limit: i64,
}

/// One application that was not deleted.
pub async fn find(ctx: &Context, id: ApplicationId) -> Result<Application, ActionError> {
    ctx.db.read(async move |tx| super::load(tx, id).await).await
}

/// Applications in the order of their ids, without deleted ones.
pub async fn list(ctx: &Context, filter: Filter) -> Result<Vec<Application>, ActionError> {
    let found =
        ctx.db.read(async move |tx| applications::list(tx, filter.organization, &filter.after, filter.limit).await);
    Ok(found.await?)
}
