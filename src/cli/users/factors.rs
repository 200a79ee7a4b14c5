//! `gatehouse users list-factors`, `remove-factor`, `show-profile`, `set-profile`

use std::path::PathBuf;

use anyhow::Context as _;
use gatehouse_server::actions::{accounts, factors};
use gatehouse_server::manage::factors::{FactorsView, ProfileBody};

use super::{Session, Which, failed, id};

#[derive(clap::Args)]
pub(super) struct One {
    /// The user's id or e-mail address
    user: String,
    /// app (with its recovery codes) or the id of a passkey
    factor: factors::Which,
}

#[derive(clap::Args)]
pub(super) struct SetProfile {
    /// The user's id or e-mail address
    user: String,
    /// JSON file with the fields, as show-profile --json prints them
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn list(session: &Session, which: &Which) -> anyhow::Result<()> {
    let user = id(&session.ctx, &which.user).await?;
    let found = factors::list(&session.ctx, user).await.map_err(failed)?;
    let view = FactorsView::from(&found);
    let mut rows = Vec::new();
    if let Some(app) = &view.app {
        rows.push(("app", format!("authenticator app, {} recovery codes left", app.recovery_codes_left)));
    }
    rows.extend(view.passkeys.iter().map(|passkey| (passkey.id.as_str(), format!("passkey \"{}\"", passkey.name))));
    if rows.is_empty() {
        rows.push(("none", "the password alone".to_owned()));
    }
    session.output.item(&view, &rows)
}

pub(super) async fn remove(session: &Session, one: &One) -> anyhow::Result<()> {
    let user = id(&session.ctx, &one.user).await?;
    factors::remove(&session.ctx, &session.actor, user, one.factor).await.map_err(failed)?;
    session.output.done("It is removed; the user is told by mail.", &serde_json::json!({ "id": user }))
}

pub(super) async fn show(session: &Session, which: &Which) -> anyhow::Result<()> {
    let user = id(&session.ctx, &which.user).await?;
    let profile = accounts::shared_profile(&session.ctx, user).await.map_err(failed)?;
    print(session, &profile.into())
}

pub(super) async fn set(session: &Session, set: &SetProfile) -> anyhow::Result<()> {
    let user = id(&session.ctx, &set.user).await?;
    let path = set.file.display();
    let text = std::fs::read_to_string(&set.file).with_context(|| format!("{path} cannot be read"))?;
    let body: ProfileBody = serde_json::from_str(&text).with_context(|| format!("{path} holds no profile"))?;
    let kept = accounts::edit_shared_profile(&session.ctx, &session.actor, user, &body.into()).await.map_err(failed)?;
    print(session, &kept.into())
}

fn print(session: &Session, profile: &ProfileBody) -> anyhow::Result<()> {
    let value = serde_json::to_value(profile)?;
    let fields = value.as_object().into_iter().flatten();
    let rows: Vec<(String, String)> = fields
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let rows: Vec<(&str, String)> = rows.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    session.output.item(profile, &rows)
}
