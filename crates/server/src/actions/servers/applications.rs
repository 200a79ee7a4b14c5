//! The list of applications that may use a server whose `open_to` is `listed`.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_store::authorization_server_applications::{self, Listed};
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, audit};
use serde_json::json;

use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// In order of id: `limit` applications on the list after `after`.
pub async fn list_applications(ctx: &Context, id: &str, after: String, limit: i64) -> Result<Vec<Listed>, ActionError> {
    let server = super::get(ctx, id).await?.id;
    let read = async move |tx: &mut Tx| authorization_server_applications::list(tx, &server, &after, limit).await;
    Ok(ctx.db.read(read).await?)
}

/// Lets an application use a server. The list may be filled before the server is closed to others.
pub async fn admit(ctx: &Context, actor: &Actor, id: &str, application: ApplicationId) -> Result<(), ActionError> {
    let server = super::get(ctx, id).await?.id;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            if applications::find(tx, application).await?.is_none() {
                return Err(ActionError::not_found("application", application));
            }
            if !authorization_server_applications::insert(tx, &server, application, context.now()).await? {
                return Ok(());
            }
            record(tx, (&context, &actor), (&server, application), "authorization_server.application_admitted").await
        })
        .await
}

/// Takes an application off the list. It gets nothing more from a server that is closed to others, and what it has is
/// refused by introspection at once and by every gate within a second.
pub async fn exclude(ctx: &Context, actor: &Actor, id: &str, application: ApplicationId) -> Result<(), ActionError> {
    let server = super::get(ctx, id).await?.id;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            if !authorization_server_applications::remove(tx, &server, application).await? {
                return Err(ActionError::not_found("application on the list", application));
            }
            record(tx, (&context, &actor), (&server, application), "authorization_server.application_excluded").await
        })
        .await
}

async fn record(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (server, application): (&ServerId, ApplicationId),
    kind: &'static str,
) -> Result<(), ActionError> {
    let event = events::event(ctx, actor, kind, "authorization_server", server);
    audit::record(tx, &event.after(json!({ "application": application }))).await?;
    tx.change(Topic::Server, server.as_str());
    Ok(())
}
