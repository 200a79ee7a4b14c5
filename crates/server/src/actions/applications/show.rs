//! Looking at applications.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::portal::application::Application;
use gatehouse_store::applications;

use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor};
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
pub async fn find(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Application, ActionError> {
    let actor = actor.clone();
    ctx.db.read(async move |tx| super::load_for(tx, &actor, id, Want::Look).await).await
}

/// Applications of the whole installation in the order of their ids, without deleted ones.
pub async fn list(ctx: &Context, filter: Filter) -> Result<Vec<Application>, ActionError> {
    let found =
        ctx.db.read(async move |tx| applications::list(tx, filter.organization, &filter.after, filter.limit).await);
    Ok(found.await?)
}
