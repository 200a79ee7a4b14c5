//! `gatehouse users list-connected-applications`, `disconnect-application`

use gatehouse_core::id::ApplicationId;
use gatehouse_server::actions::connected_applications;
use gatehouse_server::manage::connected_applications::ConnectedApplicationView;

use super::{Session, Which, failed, id};

#[derive(clap::Args)]
pub(super) struct One {
    /// The user's id or e-mail address
    user: String,
    /// The application's id
    application: ApplicationId,
}

pub(super) async fn list(session: &Session, which: &Which) -> anyhow::Result<()> {
    let user = id(&session.ctx, &which.user).await?;
    let found = connected_applications::list(&session.ctx, &session.actor, user).await.map_err(failed)?;
    let views: Vec<ConnectedApplicationView> = found.iter().map(ConnectedApplicationView::from).collect();
    session.output.list(&views, &["application", "name", "scopes", "since"], |view| {
        vec![view.application_id.clone(), view.name.clone(), view.scopes.join(" "), view.since.0.to_string()]
    })
}

pub(super) async fn disconnect(session: &Session, one: &One) -> anyhow::Result<()> {
    let user = id(&session.ctx, &one.user).await?;
    let which = (user, one.application);
    connected_applications::disconnect(&session.ctx, &session.actor, which).await.map_err(failed)?;
    session.output.done("The application is disconnected.", &serde_json::json!({ "application": one.application }))
}
