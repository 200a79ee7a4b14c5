//! Looking at the secrets of an application; their text is not there to be looked at.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::client_secret::ClientSecret;
use gatehouse_store::client_secrets;

use crate::actions::{ActionError, applications};
use crate::context::Context;

/// All secrets of an application, oldest first, those that have ended among them.
pub async fn list(ctx: &Context, id: ApplicationId) -> Result<Vec<ClientSecret>, ActionError> {
    ctx.db
        .read(async move |tx| {
            applications::load(tx, id).await?;
            Ok(client_secrets::of_application(tx, id).await?)
        })
        .await
}
