//! Scopes of an API.

use anyhow::Context as _;
use gatehouse_core::id::{ApiId, ScopeId};
use gatehouse_server::actions::apis::{self, ScopeInput};
use gatehouse_server::manage::apis::ScopeView;

use super::arguments::{About, Which};
use super::find;
use crate::cli::failure::failed;
use crate::cli::global::Session;

pub(super) async fn list(session: &Session, which: &Which) -> anyhow::Result<()> {
    let api = find(session, which).await?.id;
    let found = apis::list_scopes(&session.ctx, api).await.map_err(failed)?;
    let views: Vec<ScopeView> = found.iter().map(ScopeView::from).collect();
    session.output.list(&views, &["name", "title", "sensitivity", "consent", "grant types"], |scope| {
        vec![
            scope.name.clone(),
            scope.title.clone(),
            scope.sensitivity.clone(),
            scope.consent.clone(),
            scope.grant_types.join(" "),
        ]
    })
}

pub(super) async fn add(session: &Session, which: &Which, name: String, about: About) -> anyhow::Result<()> {
    let api = find(session, which).await?.id;
    let About { title, sentence, sensitivity, consent } = about;
    let input = ScopeInput { name, title, sentence, sensitivity, consent, grant_types: None };
    let scope = apis::add_scope(&session.ctx, &session.actor, api, input).await.map_err(failed)?;
    session.output.done(&format!("The scope {} was added.", scope.name), &ScopeView::from(&scope))
}

pub(super) async fn edit(session: &Session, which: &Which, name: &str, about: About) -> anyhow::Result<()> {
    let ids = ids(session, which, name).await?;
    let scope = apis::edit_scope(&session.ctx, &session.actor, ids, about.into()).await.map_err(failed)?;
    session.output.done(&format!("The scope {name} was changed."), &ScopeView::from(&scope))
}

pub(super) async fn delete(session: &Session, which: &Which, name: &str) -> anyhow::Result<()> {
    let ids = ids(session, which, name).await?;
    apis::delete_scope(&session.ctx, &session.actor, ids).await.map_err(failed)?;
    session.output.done(&format!("The scope {name} is gone."), &serde_json::json!({"id": ids.1}))
}

async fn ids(session: &Session, which: &Which, name: &str) -> anyhow::Result<(ApiId, ScopeId)> {
    let api = find(session, which).await?.id;
    let scopes = apis::list_scopes(&session.ctx, api).await.map_err(failed)?;
    let found = scopes.iter().find(|scope| scope.name == name);
    Ok((api, found.with_context(|| format!("the API has no scope {name}"))?.id))
}
