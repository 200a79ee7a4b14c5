//! What a development installation has that a production one has not: people, an application that may call the Results
//! API, others that sign customers in, sample data, requests on the review desk. Made by the same actions that everybody
//! uses, and only what is missing.

mod application;
mod credentials;
mod desk;
mod people;

use gatehouse_core::id::{ApplicationId, OrganizationId, WorkspaceId};
use gatehouse_core::identity::user::User;
use gatehouse_store::settings;
use serde::{Deserialize, Serialize};

pub use credentials::{Credentials, are_good, renew};

use crate::actions::{ActionError, Actor, ActorKind, keys};
use crate::context::Context;
use crate::sample;

/// Where the sample application that signs customers in takes codes. It may be at any port.
pub const WEB_REDIRECT_URI: &str = "http://127.0.0.1:8765/callback";
/// What the sample application may do, and what its curl asks for.
pub const SCOPE: &str = "public_api.read";
/// Where the ids of what was made are kept.
const SETTING: &str = "development";

/// What is there.
#[derive(Clone, Debug)]
pub struct Development {
    /// May do everything.
    pub admin: User,
    /// Decides on access requests.
    pub reviewer: User,
    /// Owns the workspace with the sample data.
    pub customer: User,
    /// Owns the organization and is the application's API user.
    pub developer: User,
    /// The sample application.
    pub application: ApplicationId,
    /// Its client id.
    pub client_id: String,
    /// The sample application that signs customers in.
    pub web: ApplicationId,
    /// Its client id.
    pub web_client_id: String,
    /// Client id of the sample application for devices without a browser.
    pub device_client_id: String,
}

/// Ids of what was made, so that renaming something does not make it twice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Made {
    organization: Option<OrganizationId>,
    workspaces: Option<[WorkspaceId; 2]>,
    application: Option<ApplicationId>,
    web: Option<ApplicationId>,
    device: Option<ApplicationId>,
    /// Set before they are made: a start that was ended in the middle does not make them twice.
    has_requests: bool,
}

/// Who acts at a development start.
pub fn actor() -> Actor {
    Actor { kind: ActorKind::System("development"), request_id: None, address: None }
}

/// Makes what is missing. The Results API is in the catalogue already.
pub async fn ensure(ctx: &Context) -> Result<Development, ActionError> {
    let mut made = read(ctx).await?.unwrap_or_default();
    let [admin, reviewer, developer, customer] = people::ensure(ctx).await?;
    let organization = people::organization(ctx, made.organization, &developer).await?;
    made.organization = Some(organization);
    let workspaces = people::workspaces(ctx, made.workspaces, (&customer, &developer)).await?;
    made.workspaces = Some(workspaces);
    write(ctx, &made).await?;
    let loaded = sample::load(ctx, &actor(), workspaces).await;
    loaded.map_err(|error| ActionError::Internal(format!("sample data: {error}")))?;
    let application = application::ensure(ctx, made.application, organization, &developer).await?;
    made.application = Some(application.id);
    let web = application::ensure_web(ctx, made.web, organization).await?;
    made.web = Some(web.id);
    let device = application::ensure_device(ctx, made.device, organization).await?;
    made.device = Some(device.id);
    // By a job otherwise, after the server answers: whoever signs in first would be refused.
    keys::add_missing(ctx, &actor()).await?;
    let has_requests = std::mem::replace(&mut made.has_requests, true);
    write(ctx, &made).await?;
    if !has_requests {
        desk::make(ctx, &reviewer).await?;
    }
    let (application, client_id) = (application.id, application.client_id);
    let (web, web_client_id) = (web.id, web.client_id);
    let device_client_id = device.client_id;
    Ok(Development {
        admin,
        reviewer,
        customer,
        developer,
        application,
        client_id,
        web,
        web_client_id,
        device_client_id,
    })
}

async fn read(ctx: &Context) -> Result<Option<Made>, ActionError> {
    let text = ctx.db.read(async |tx| settings::get(tx, SETTING).await).await?;
    let read = text.map(|text| serde_json::from_str(&text)).transpose();
    read.map_err(|error| ActionError::Internal(format!("setting {SETTING}: {error}")))
}

async fn write(ctx: &Context, made: &Made) -> Result<(), ActionError> {
    let text = serde_json::to_string(made).map_err(|error| ActionError::Internal(error.to_string()))?;
    Ok(ctx.db.write(async move |tx| settings::set(tx, SETTING, &text).await).await?)
}
