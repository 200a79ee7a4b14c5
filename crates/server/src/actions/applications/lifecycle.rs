//! Suspending, reactivating and deleting an application.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::oauth::revocation::Predicate;
use gatehouse_core::portal::access_request;
use gatehouse_core::portal::application::{self, Application};
use gatehouse_store::db::Tx;
use gatehouse_store::{access_requests, audit};
use serde_json::json;

use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, application_changes, authority, revoking};
use crate::context::Context;

/// Most open requests that a deletion looks through at once.
const REQUESTS_AT_ONCE: i64 = 200;

/// Suspends an application: its tokens die, and it gets none until it is reactivated.
pub async fn suspend(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Application, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::admin(tx, &actor).await?;
        let before = super::load(tx, id).await?;
        let after = application::suspend(before.clone(), ctx.now()).map_err(super::refused)?;
        super::save(tx, &after).await?;
        revoking::revoke_all(tx, &ctx, tokens_of(&after)).await?;
        record(tx, (&ctx, &actor), "application.suspended", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

/// Reactivates a suspended application. Tokens of before stay dead.
pub async fn reactivate(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Application, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        authority::admin(tx, &actor).await?;
        let before = super::load(tx, id).await?;
        let after = application::reactivate(before.clone(), ctx.now()).map_err(super::refused)?;
        super::save(tx, &after).await?;
        revoking::let_live(tx, &ctx, &tokens_of(&after)).await?;
        record(tx, (&ctx, &actor), "application.reactivated", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

/// Deletes an application for good: its tokens die, its open requests and changes are withdrawn, its client id is never used again.
pub async fn delete(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Application, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load_for(tx, &actor, id, Want::Own).await?;
        let after = application::delete(before.clone(), ctx.now()).map_err(super::refused)?;
        super::save(tx, &after).await?;
        revoking::revoke_all(tx, &ctx, tokens_of(&after)).await?;
        withdraw_requests(tx, (&ctx, &actor), id).await?;
        application_changes::withdraw_all(tx, (&ctx, &actor), id).await?;
        record(tx, (&ctx, &actor), "application.deleted", (&before, &after)).await?;
        Ok(after)
    })
    .await
}

fn tokens_of(application: &Application) -> Predicate {
    Predicate::Application { client_id: application.client_id.clone() }
}

async fn record(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    action: &'static str,
    (before, after): (&Application, &Application),
) -> Result<(), ActionError> {
    let event = event(ctx, actor, action, "application", after.id)
        .before(json!({ "state": before.state }))
        .after(json!({ "state": after.state }));
    Ok(audit::record(tx, &event).await?)
}

async fn withdraw_requests(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    id: ApplicationId,
) -> Result<(), ActionError> {
    let filter = access_requests::Filter { application: Some(id), ..access_requests::Filter::default() };
    let mut after = String::new();
    loop {
        let page = access_requests::list(tx, filter, &after, REQUESTS_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        for request in page {
            let Ok(withdrawn) = access_request::withdraw(request, ctx.now()) else { continue };
            if !access_requests::update(tx, &withdrawn).await? {
                return Err(ActionError::changed_meanwhile());
            }
            let event = event(ctx, actor, "access_request.withdrawn", "access_request", withdrawn.id);
            audit::record(tx, &event.after(json!({ "state": withdrawn.state }))).await?;
        }
    }
}
