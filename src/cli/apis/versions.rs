//! Versions of an API.

use anyhow::Context as _;
use gatehouse_core::id::{ApiId, ApiVersionId};
use gatehouse_core::portal::api::ApiVersion;
use gatehouse_core::time::Timestamp;
use gatehouse_server::actions::apis::{self, ChangeVersion, VersionChange};
use gatehouse_server::manage::apis::VersionView;

use super::arguments::{OfVersion, Which};
use super::find;
use crate::cli::failure::failed;
use crate::cli::global::Session;

pub(super) async fn list(session: &Session, which: &Which) -> anyhow::Result<()> {
    let api = find(session, which).await?.id;
    let found = apis::list_versions(&session.ctx, api).await.map_err(failed)?;
    let views: Vec<VersionView> = found.iter().map(VersionView::from).collect();
    session.output.list(&views, &["id", "label", "state", "sunset"], |version| {
        let sunset = version.sunset_at.map(|at| at.0.to_string()).unwrap_or_default();
        vec![version.id.clone(), version.label.clone(), version.state.clone(), sunset]
    })
}

pub(super) fn show(session: &Session, version: &ApiVersion) -> anyhow::Result<()> {
    session.output.item(
        &VersionView::from(version),
        &[
            ("id", version.id.to_string()),
            ("label", version.label.clone()),
            ("state", version.state.to_string()),
            ("sunset", version.sunset_at.map(|at| at.to_string()).unwrap_or_default()),
        ],
    )
}

pub(super) async fn change(
    session: &Session,
    of: &OfVersion,
    (change, sunset_at): (VersionChange, Option<Timestamp>),
) -> anyhow::Result<()> {
    let ids = ids(session, of).await?;
    let input = ChangeVersion { change, sunset_at };
    show(session, &apis::change_version(&session.ctx, &session.actor, ids, input).await.map_err(failed)?)
}

pub(super) async fn ids(session: &Session, of: &OfVersion) -> anyhow::Result<(ApiId, ApiVersionId)> {
    let api = find(session, &of.which).await?.id;
    let versions = apis::list_versions(&session.ctx, api).await.map_err(failed)?;
    let found = versions.iter().find(|v| v.label == of.version || v.id.to_string() == of.version);
    Ok((api, found.with_context(|| format!("the API has no version {}", of.version))?.id))
}
