//! What somebody who signs in sees first: the applications of their organizations and what became of requests.

use std::collections::HashMap;

use gatehouse_core::id::{ApiId, ApplicationId, UserId};
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestState};
use gatehouse_store::application_summaries::{self, ApplicationSummary};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{access_requests, apis, applications};

use super::ActionError;
use crate::context::Context;

/// Most requests.
const MOST_REQUESTS: i64 = 100;

/// Greater than every id.
const AFTER_ALL: &str = "~";

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct Dashboard {
    /// The newest first, without deleted ones.
    pub applications: Vec<ApplicationSummary>,
    /// Requests that are still open, the latest change first.
    pub open_requests: Vec<OpenRequest>,
}

/// A request with the names that people know.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// The request.
    pub request: AccessRequest,
    /// The application that asks.
    pub application: String,
    /// What for.
    pub api: String,
}

/// Of a user's organizations, in one view of the database.
pub async fn dashboard(ctx: &Context, user: UserId) -> Result<Dashboard, ActionError> {
    let now = ctx.now();
    let open: Vec<_> = AccessRequestState::ALL.iter().copied().filter(|state| state.is_open()).collect();
    let found = ctx.db.read(async move |tx: &mut Tx| {
        let mut dashboard = Dashboard::default();
        let mut names = HashMap::new();
        // Nothing is said of calls, so they are summed from now on.
        dashboard.applications = application_summaries::of_user(tx, user, now, now).await?;
        dashboard.applications.sort_by_key(|application| std::cmp::Reverse(application.id));
        for request in access_requests::list_of_user(tx, user, &open, (AFTER_ALL, MOST_REQUESTS)).await? {
            if request.state_at(now).is_open() {
                let api = api_name(tx, &mut names, request.api_id).await?;
                let application = application_name(tx, &dashboard.applications, request.application_id).await?;
                dashboard.open_requests.push(OpenRequest { request, application, api });
            }
        }
        dashboard.open_requests.sort_by_key(|open| std::cmp::Reverse(open.request.updated_at));
        Ok::<_, DbError>(dashboard)
    });
    Ok(found.await?)
}

/// One that is not among the user's own is looked up.
async fn application_name(tx: &mut Tx, known: &[ApplicationSummary], id: ApplicationId) -> Result<String, DbError> {
    if let Some(application) = known.iter().find(|application| application.id == id) {
        return Ok(application.name.clone());
    }
    Ok(applications::find(tx, id).await?.map(|application| application.name).unwrap_or_default())
}

async fn api_name(tx: &mut Tx, names: &mut HashMap<ApiId, String>, id: ApiId) -> Result<String, DbError> {
    if let Some(name) = names.get(&id) {
        return Ok(name.clone());
    }
    let name = apis::find(tx, id).await?.map(|api| api.name).unwrap_or_default();
    names.insert(id, name.clone());
    Ok(name)
}
