//! The sample application: approved for the Results API, with a quota that a benchmark does not reach.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::application::{Application, ApplicationType};

use super::actor;
use crate::actions::ActionError;
use crate::actions::applications::{self, NewApplication};
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
    if let Some(id) = known {
        match applications::find(ctx, &actor(), id).await {
            // Deleted: another one is made.
            Err(ActionError::NotFound { .. }) => {}
            found => return found,
        }
    }
    let application = applications::create(ctx, &actor(), new(organization, api_user)).await?;
    let grant = NewEntitlement {
        api: essentials::RESULTS.to_owned(),
        scopes: None,
        expires_in_days: None,
        quota_limit: Some(QUOTA),
    };
    entitlements::grant(ctx, &actor(), application.id, grant).await?;
    Ok(application)
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
