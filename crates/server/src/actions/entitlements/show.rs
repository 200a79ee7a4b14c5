//! Looking at the entitlements of an application.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_store::entitlements;

use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, applications};
use crate::context::Context;

/// All entitlements of an application, oldest first, with scopes that have ended.
pub async fn list(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Vec<Entitlement>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            applications::load_for(tx, &actor, id, Want::Look).await?;
            Ok(entitlements::of_application(tx, id).await?)
        })
        .await
}
