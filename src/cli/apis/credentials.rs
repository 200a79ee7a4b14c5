//! Credentials with which an API asks about tokens.

use gatehouse_core::id::ApiCredentialId;
use gatehouse_server::actions::apis::{self, NewApiCredential};
use gatehouse_server::manage::apis::{ApiCredentialView, CreatedApiCredentialView};

use super::arguments::Which;
use crate::cli::failure::failed;
use crate::cli::global::Session;

pub(super) async fn list(session: &Session, which: &Which) -> anyhow::Result<()> {
    let api = super::find(session, which).await?.id;
    let found = apis::credentials(&session.ctx, &session.actor, api).await.map_err(failed)?;
    let views: Vec<ApiCredentialView> = found.iter().map(ApiCredentialView::from).collect();
    session.output.list(&views, &["id", "name", "ends with", "revoked"], |one| {
        let revoked = one.revoked_at.map(|at| at.0.to_string()).unwrap_or_default();
        vec![one.id.clone(), one.name.clone(), one.last_four.clone(), revoked]
    })
}

pub(super) async fn create(session: &Session, which: &Which, name: String) -> anyhow::Result<()> {
    let api = super::find(session, which).await?.id;
    let made = apis::create_credential(&session.ctx, &session.actor, api, NewApiCredential { name }).await;
    let view = CreatedApiCredentialView::from(&made.map_err(failed)?);
    let fields = [
        ("client id", view.listed.id.clone()),
        ("name", view.listed.name.clone()),
        ("client secret", format!("{}  (shown this once)", view.secret)),
    ];
    session.output.item(&view, &fields)
}

pub(super) async fn revoke(session: &Session, which: &Which, id: ApiCredentialId) -> anyhow::Result<()> {
    let api = super::find(session, which).await?.id;
    let revoked = apis::revoke_credential(&session.ctx, &session.actor, (api, id)).await.map_err(failed)?;
    let view = ApiCredentialView::from(&revoked);
    session.output.done(&format!("{} ({}) is revoked.", view.id, view.name), &view)
}
