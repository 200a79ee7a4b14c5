//! The sample applications: one for itself, approved for the Results API with a quota that a benchmark does not reach, one
//! that signs customers in, and one for devices without a browser.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::application::{Application, ApplicationType, SignInScope};

use super::{WEB_REDIRECT_URI, actor};
use crate::actions::ActionError;
use crate::actions::applications::{self, NewApplication, Protocol};
use crate::actions::entitlements::{self, NewEntitlement};
use crate::context::Context;
use crate::essentials;

/// Calls per minute.
const QUOTA: i64 = 6_000;

pub(super) async fn ensure(
    ctx: &Context,
    known: Option<ApplicationId>,
    organization: OrganizationId,
    api_user: &User,
) -> Result<Application, ActionError> {
    if let Some(found) = find(ctx, known).await? {
        return Ok(found);
    }
    make(ctx, new(organization, api_user)).await
}

/// The one that signs customers in.
pub(super) async fn ensure_web(
    ctx: &Context,
    known: Option<ApplicationId>,
    organization: OrganizationId,
) -> Result<Application, ActionError> {
    if let Some(found) = find(ctx, known).await? {
        return Ok(found);
    }
    make(ctx, web(organization)).await
}

/// The one for devices without a browser.
pub(super) async fn ensure_device(
    ctx: &Context,
    known: Option<ApplicationId>,
    organization: OrganizationId,
) -> Result<Application, ActionError> {
    if let Some(found) = find(ctx, known).await? {
        return Ok(found);
    }
    let web = web(organization);
    let device = NewApplication {
        name: "Sample device".to_owned(),
        application_type: ApplicationType::Native,
        description: Some("Shows how a device without a browser is let in; its client id is in dev.env.".to_owned()),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        ..web
    };
    make(ctx, device).await
}

/// With everything that the Results API has.
async fn make(ctx: &Context, new: NewApplication) -> Result<Application, ActionError> {
    let application = applications::create(ctx, &actor(), new).await?;
    let grant = NewEntitlement {
        api: essentials::RESULTS.to_owned(),
        scopes: None,
        expires_in_days: None,
        quota_limit: Some(QUOTA),
    };
    entitlements::grant(ctx, &actor(), application.id, grant).await?;
    Ok(application)
}

/// `None` for one that was deleted: another one is made.
async fn find(ctx: &Context, known: Option<ApplicationId>) -> Result<Option<Application>, ActionError> {
    let Some(id) = known else { return Ok(None) };
    match applications::find(ctx, &actor(), id).await {
        Err(ActionError::NotFound { .. }) => Ok(None),
        found => found.map(Some),
    }
}

fn web(organization_id: OrganizationId) -> NewApplication {
    use SignInScope::{Email, OfflineAccess, Openid, Profile};
    NewApplication {
        organization_id,
        name: "Sample web application".to_owned(),
        application_type: ApplicationType::Web,
        environment: None,
        description: Some("Shows how customers sign in; its credentials are in dev.env.".to_owned()),
        homepage: None,
        logo_url: None,
        contacts: Vec::new(),
        redirect_uris: vec![WEB_REDIRECT_URI.to_owned()],
        post_logout_redirect_uris: vec![WEB_REDIRECT_URI.to_owned()],
        api_user: None,
        protocol: Protocol { sign_in_scopes: vec![Openid, Profile, Email, OfflineAccess], ..Protocol::default() },
    }
}

fn new(organization_id: OrganizationId, api_user: &User) -> NewApplication {
    NewApplication {
        organization_id,
        name: "Sample application".to_owned(),
        application_type: ApplicationType::Service,
        environment: None,
        description: Some("Made by the development start; its credentials are in dev.env.".to_owned()),
        homepage: None,
        logo_url: None,
        contacts: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        api_user: Some(api_user.id.to_string()),
        protocol: Default::default(),
    }
}
