//! How much an application calls, and what of it was refused.

use gatehouse_core::id::{ApiId, ApplicationId};
use gatehouse_core::portal::application::Application;
use gatehouse_core::time::Timestamp;
use gatehouse_store::refused_calls::{self, RefusedCall};
use gatehouse_store::usage::{self, Sums, UsageHour};
use gatehouse_store::{apis, entitlements};

use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// The calls of an application.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The application.
    pub application: Application,
    /// Hour by hour and API by API, oldest first; hours without calls are left out.
    pub hours: Vec<UsageHour>,
    /// Names of the APIs.
    pub apis: Vec<(ApiId, String)>,
    /// The last refused ones, the newest first.
    pub refused: Vec<RefusedCall>,
}

/// The calls of an application from `since` on.
pub async fn usage(ctx: &Context, actor: &Actor, id: ApplicationId, since: Timestamp) -> Result<Usage, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            let application = super::load_for(tx, &actor, id, Want::Look).await?;
            let mut names = Vec::new();
            for entitlement in entitlements::of_application(tx, id).await? {
                if let Some(api) = apis::find(tx, entitlement.api_id).await? {
                    names.push((api.id, api.name));
                }
            }
            let hours = usage::of_application(tx, id, since).await?;
            Ok(Usage { application, hours, apis: names, refused: refused_calls::of_application(tx, id).await? })
        })
        .await
}

/// All calls of an application since it was made.
pub async fn calls(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Sums, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            super::load_for(tx, &actor, id, Want::Look).await?;
            Ok(usage::sums(tx, id, Timestamp::default()).await?)
        })
        .await
}

/// The last refused calls of an application, the newest first.
pub async fn refused_calls(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Vec<RefusedCall>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            super::load_for(tx, &actor, id, Want::Look).await?;
            Ok(refused_calls::of_application(tx, id).await?)
        })
        .await
}
