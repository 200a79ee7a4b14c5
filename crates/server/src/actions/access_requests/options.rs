//! What a user can choose from when asking for access to an API.

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::AccessRequest;
use gatehouse_core::portal::api::{Api, ApiState};
use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_core::portal::scope::Scope;
use gatehouse_core::time::Timestamp;
use gatehouse_store::access_request_drafts::{self, Draft};
use gatehouse_store::db::Tx;
use gatehouse_store::{
    access_requests, apis, applications, entitlements, organization_members, organizations, scopes, users,
};

use crate::actions::ActionError;
use crate::context::Context;

/// Applications, and members of an organization, that a form offers at most; more are found by their own pages.
const MOST: i64 = 200;

/// What there is to choose from.
#[derive(Clone, Debug)]
pub struct Options {
    /// The API, published.
    pub api: Api,
    /// What can be asked for.
    pub scopes: Vec<Scope>,
    /// Organizations in which the user is owner or maintainer, by name.
    pub organizations: Vec<(OrganizationId, String)>,
    /// Verified members of those organizations, the user first.
    pub people: Vec<User>,
    /// Active applications of those organizations.
    pub applications: Vec<Asker>,
    /// The form as the user left it.
    pub draft: Option<Draft>,
}

/// An application that may ask.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The application.
    pub application: Application,
    /// Names of the API's scopes that it has.
    pub held: Vec<String>,
    /// Its request for the API that is still open.
    pub open: Option<AccessRequest>,
}

/// What the user can choose from. An API that is not published takes no requests: there is none.
pub async fn options(ctx: &Context, user: UserId, slug: &str) -> Result<Options, ActionError> {
    let (slug, now) = (slug.to_owned(), ctx.now());
    ctx.db
        .read(async move |tx| {
            let api = apis::find_by_slug(tx, &slug).await?.filter(|api| api.state == ApiState::Published);
            let api = api.ok_or_else(|| ActionError::not_found("API", &slug))?;
            let organizations = writable(tx, user).await?;
            let mut people: Vec<User> = users::find(tx, user).await?.into_iter().filter(User::is_verified).collect();
            let mut askers = Vec::new();
            for (organization, _) in &organizations {
                add_people(tx, *organization, &mut people).await?;
                for application in applications::list(tx, Some(*organization), "", MOST).await? {
                    if application.state == ApplicationState::Active {
                        askers.push(asker(tx, application, &api, now).await?);
                    }
                }
            }
            let scopes = scopes::list_of_api(tx, api.id).await?;
            let draft = access_request_drafts::find(tx, user, api.id).await?;
            Ok(Options { api, scopes, organizations, people, applications: askers, draft })
        })
        .await
}

async fn writable(tx: &mut Tx, user: UserId) -> Result<Vec<(OrganizationId, String)>, ActionError> {
    let mut found = Vec::new();
    for member in organization_members::list_of_user(tx, user).await? {
        if member.role.can_write() {
            let organization = organizations::find(tx, member.organization_id).await?;
            found.extend(organization.map(|organization| (organization.id, organization.name)));
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    Ok(found)
}

async fn add_people(tx: &mut Tx, organization: OrganizationId, people: &mut Vec<User>) -> Result<(), ActionError> {
    let most = usize::try_from(MOST).unwrap_or_default();
    for member in organization_members::list(tx, organization).await?.into_iter().take(most) {
        if people.iter().any(|user| user.id == member.user_id) {
            continue;
        }
        let user = users::find(tx, member.user_id).await?;
        people.extend(user.filter(|user| user.is_active() && user.is_verified()));
    }
    Ok(())
}

async fn asker(tx: &mut Tx, application: Application, api: &Api, now: Timestamp) -> Result<Asker, ActionError> {
    let held = entitlements::find(tx, application.id, api.id).await?;
    let held = held.map(|held| held.effective_scopes(now).map(str::to_owned).collect()).unwrap_or_default();
    let latest = access_requests::latest(tx, application.id, api.id).await?;
    let open = latest.filter(|request| request.state_at(now).is_open());
    Ok(Asker { application, held, open })
}
