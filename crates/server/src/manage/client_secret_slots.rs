//! `/manage/v1/applications/{id}/secret_slots`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::client_secret_slot::ClientSecretSlot;
use gatehouse_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Created, Iso, Listed, Path, Refusal};
use crate::actions::{Actor, client_secrets};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, open))
}

/// The chance to collect a secret in the portal.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ClientSecretSlot)]
pub struct ClientSecretSlotView {
    /// `slt_…`
    pub id: String,
    /// `app_…`
    pub application_id: String,
    /// `open`, `collected` or `lapsed`, as of now.
    pub state: String,
    /// When it was opened.
    pub created_at: Iso,
    /// When it lapses or lapsed.
    pub expires_at: Iso,
    /// When the secret was shown.
    pub collected_at: Option<Iso>,
    /// To whom: `usr_…`.
    pub collected_by: Option<String>,
    /// The secret that was made of it: `sec_…`.
    pub secret_id: Option<String>,
}

impl ClientSecretSlotView {
    /// As of `now`.
    pub fn at(slot: &ClientSecretSlot, now: Timestamp) -> Self {
        Self {
            id: slot.id.to_string(),
            application_id: slot.application_id.to_string(),
            state: slot.state_at(now).to_string(),
            created_at: slot.created_at.into(),
            expires_at: slot.expires_at.into(),
            collected_at: slot.collected_at.map(Iso),
            collected_by: slot.collected_by.map(|user| user.to_string()),
            secret_id: slot.secret_id.map(|secret| secret.to_string()),
        }
    }
}

/// List the secret slots of an application
#[utoipa::path(get, path = "/applications/{id}/secret_slots", tag = "Client secrets",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "All of them, the oldest first", body = Listed<ClientSecretSlotView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<Listed<ClientSecretSlotView>>, Refusal> {
    let now = ctx.now();
    let found = client_secrets::list_slots(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(|slot| ClientSecretSlotView::at(slot, now)))))
}

/// Open a secret slot
///
/// For 72 hours an owner or maintainer of the organization can collect a new secret in the portal, once; nobody else
/// sees it. The owners are told by mail.
#[utoipa::path(post, path = "/applications/{id}/secret_slots", tag = "Client secrets",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 201, description = "The slot", body = ClientSecretSlotView),
))]
async fn open(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Created<ClientSecretSlotView>, Refusal> {
    let slot = client_secrets::open_slot(&ctx, &actor, id).await?;
    Ok(Created(ClientSecretSlotView::at(&slot, ctx.now())))
}
