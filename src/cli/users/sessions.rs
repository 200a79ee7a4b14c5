//! `gatehouse users list-sessions`, `end-session`, `end-sessions`

use gatehouse_core::id::SessionId;
use gatehouse_server::actions::sessions;
use gatehouse_server::manage::sessions::SessionView;

use super::{Session, Which, failed, id};

#[derive(clap::Args)]
pub(super) struct One {
    /// The user's id or e-mail address
    user: String,
    /// The session's id
    session: SessionId,
}

pub(super) async fn list(session: &Session, which: &Which) -> anyhow::Result<()> {
    let user = id(&session.ctx, &which.user).await?;
    let found = sessions::list(&session.ctx, user).await.map_err(failed)?;
    let views: Vec<SessionView> = found.iter().map(SessionView::from).collect();
    session.output.list(&views, &["id", "signed in", "last used", "address", "browser"], |view| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (since, seen) = (view.created_at.0.to_string(), view.last_seen_at.0.to_string());
        vec![view.id.clone(), since, seen, text(&view.address), text(&view.user_agent)]
    })
}

pub(super) async fn end(session: &Session, one: &One) -> anyhow::Result<()> {
    let user = id(&session.ctx, &one.user).await?;
    sessions::end(&session.ctx, &session.actor, user, one.session).await.map_err(failed)?;
    session.output.done("The session is ended.", &serde_json::json!({ "id": one.session }))
}

pub(super) async fn end_all(session: &Session, which: &Which) -> anyhow::Result<()> {
    let user = id(&session.ctx, &which.user).await?;
    let ended = sessions::end_all(&session.ctx, &session.actor, user).await.map_err(failed)?;
    session.output.done(&format!("Sessions ended: {ended}."), &serde_json::json!({ "ended": ended }))
}
