//! Taking a change back before it is decided.

use gatehouse_core::id::{ApplicationChangeId, ApplicationId};
use gatehouse_core::portal::application_change::{self, ApplicationChange};
use gatehouse_store::application_changes;
use gatehouse_store::db::Tx;

use super::{end, load, of_organization, refused, user_of};
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor};
use crate::context::Context;

/// Takes a change back; the value in use stays.
pub async fn withdraw(ctx: &Context, actor: &Actor, id: ApplicationChangeId) -> Result<ApplicationChange, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = load(tx, id).await?;
        of_organization(tx, &actor, &before, Want::Change).await?;
        withdraw_in(tx, (&ctx, &actor), before).await
    })
    .await
}

/// Takes back all that waits of an application.
pub(in crate::actions) async fn withdraw_all(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: ApplicationId,
) -> Result<(), ActionError> {
    for change in application_changes::open_of_application(tx, application).await? {
        withdraw_in(tx, (ctx, actor), change).await?;
    }
    Ok(())
}

async fn withdraw_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    before: ApplicationChange,
) -> Result<ApplicationChange, ActionError> {
    let after = application_change::withdraw(before, user_of(actor), ctx.now()).map_err(refused)?;
    end(tx, (ctx, actor), "application_change.withdrawn", &after).await?;
    Ok(after)
}
