//! Looking at the entitlements of an application.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_store::entitlements;

use crate::actions::{ActionError, applications};
use crate::context::Context;

/// All entitlements of an application, oldest first, with scopes that have ended.
pub async fn list(ctx: &Context, id: ApplicationId) -> Result<Vec<Entitlement>, ActionError> {
    ctx.db
        .read(async move |tx| {
            applications::load(tx, id).await?;
            Ok(entitlements::of_application(tx, id).await?)
        })
        .await
}
