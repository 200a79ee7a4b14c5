//! What somebody who signs in sees first: the applications of their organizations and what became of requests.

use std::collections::HashMap;

use gatehouse_core::id::{ApiId, UserId};
use gatehouse_core::portal::access_request::AccessRequest;
use gatehouse_core::portal::application::Application;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{access_requests, apis, applications, organization_members};

use super::ActionError;
use crate::context::Context;

/// Most applications of one organization that are looked at.
const MOST_APPLICATIONS: i64 = 20;

/// Most requests of one application.
const MOST_REQUESTS: i64 = 50;

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct Dashboard {
    /// Oldest first, without deleted ones.
    pub applications: Vec<Application>,
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
    let found = ctx.db.read(async move |tx: &mut Tx| {
        let mut dashboard = Dashboard::default();
        let mut names = HashMap::new();
        for member in organization_members::list_of_user(tx, user).await? {
            let found = applications::list(tx, Some(member.organization_id), "", MOST_APPLICATIONS).await?;
            for application in &found {
                let filter =
                    access_requests::Filter { application: Some(application.id), ..access_requests::Filter::default() };
                for request in access_requests::list(tx, filter, "", MOST_REQUESTS).await? {
                    if request.state_at(now).is_open() {
                        let api = api_name(tx, &mut names, request.api_id).await?;
                        let application = application.name.clone();
                        dashboard.open_requests.push(OpenRequest { request, application, api });
                    }
                }
            }
            dashboard.applications.extend(found);
        }
        dashboard.open_requests.sort_by_key(|open| std::cmp::Reverse(open.request.updated_at));
        Ok::<_, DbError>(dashboard)
    });
    Ok(found.await?)
}

async fn api_name(tx: &mut Tx, names: &mut HashMap<ApiId, String>, id: ApiId) -> Result<String, DbError> {
    if let Some(name) = names.get(&id) {
        return Ok(name.clone());
    }
    let name = apis::find(tx, id).await?.map(|api| api.name).unwrap_or_default();
    names.insert(id, name.clone());
    Ok(name)
}
