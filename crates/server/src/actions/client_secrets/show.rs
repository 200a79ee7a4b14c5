//! Looking at the secrets of an application; their text is not there to be looked at.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_store::client_secrets;

use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, applications};
use crate::context::Context;

/// All secrets of an application, oldest first, those that have ended among them.
pub async fn list(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Vec<ClientSecret>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            applications::load_for(tx, &actor, id, Want::Look).await?;
            Ok(client_secrets::of_application(tx, id).await?)
        })
        .await
}
