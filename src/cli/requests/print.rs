//! Access requests as commands print them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use gatehouse_core::portal::access_request::AccessRequest;
use gatehouse_server::actions::access_requests::{self, Filter};
use gatehouse_server::actions::applications;
use gatehouse_server::manage::access_requests::AccessRequestView;

use super::super::failure::failed;
use super::super::global::Session;
use super::super::pages::all;

/// One request.
pub(super) fn show(session: &Session, request: &AccessRequest) -> anyhow::Result<()> {
    let view = AccessRequestView::at(request, session.ctx.now());
    let decision = |decision: &Option<String>| decision.clone().unwrap_or_else(|| "open".to_owned());
    let scopes: Vec<_> =
        view.scopes.iter().map(|scope| format!("{} ({})", scope.scope, decision(&scope.decision))).collect();
    let due = view.due_at.map_or_else(String::new, |at| at.0.to_string());
    let fields = [
        ("id", view.id.clone()),
        ("reference", view.reference.clone()),
        ("application", view.application_id.clone()),
        ("api", view.api_id.clone()),
        ("state", view.state.clone()),
        ("scopes", scopes.join(", ")),
        ("purpose", view.purpose.clone()),
        ("assignee", view.assignee_id.clone().unwrap_or_default()),
        ("due", due),
    ];
    session.output.item(&view, &fields)
}

/// Of their applications, by id.
async fn names(session: &Session, requests: &[AccessRequest]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for id in requests.iter().map(|request| request.application_id) {
        if let Entry::Vacant(entry) = names.entry(id.to_string()) {
            let application = applications::find(&session.ctx, &session.actor, id).await.map_err(failed)?;
            entry.insert(application.name);
        }
    }
    Ok(names)
}

/// Those that fit, with the names of their applications.
pub(super) async fn list(session: &Session, filter: Filter) -> anyhow::Result<()> {
    let page =
        async |after, limit| access_requests::list(&session.ctx, Filter { after, limit, ..filter.clone() }).await;
    let found = all(page, |request| request.id.to_string()).await?;
    let now = session.ctx.now();
    let views: Vec<_> = found.iter().map(|request| AccessRequestView::at(request, now)).collect();
    let names = names(session, &found).await?;
    session.output.list(&views, &["id", "reference", "application", "name", "state", "due"], |view| {
        let due = view.due_at.map_or_else(String::new, |at| at.0.to_string());
        let name = names.get(&view.application_id).cloned().unwrap_or_default();
        vec![view.id.clone(), view.reference.clone(), view.application_id.clone(), name, view.state.clone(), due]
    })
}
