//! `/manage/v1/servers/{id}/applications`: who may use a server that is open to listed applications alone

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::ApplicationId;
use gatehouse_store::authorization_server_applications::Listed as OnList;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Iso, Listed, NoContent, Paging, Params, Path, Refusal};
use crate::actions::{Actor, servers};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, admit)).routes(routes!(exclude))
}

/// An application on an authorization server's list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServerApplication {
    /// `app_…`
    pub application_id: String,
    /// Its client id.
    pub client_id: String,
    /// As customers see it.
    pub name: String,
    /// Since when it stands there.
    pub created_at: Iso,
}

impl From<&OnList> for ServerApplication {
    fn from(listed: &OnList) -> Self {
        Self {
            application_id: listed.application_id.to_string(),
            client_id: listed.client_id.clone(),
            name: listed.name.clone(),
            created_at: listed.created_at.into(),
        }
    }
}

/// An application to be put on the list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewServerApplication {
    /// `app_…`
    #[schema(value_type = String)]
    application_id: ApplicationId,
}

/// List the applications that may use an authorization server
///
/// The list counts when the server's `open_to` is `listed`.
#[utoipa::path(get, path = "/servers/{id}/applications", tag = "Authorization servers",
    params(("id" = String, Path, description = "`default`"), Paging), responses(
    (status = 200, description = "A page of its list", body = Listed<ServerApplication>),
))]
async fn list(
    State(ctx): State<Context>,
    Path(id): Path<String>,
    Params(paging): Params<Paging>,
) -> Result<Json<Listed<ServerApplication>>, Refusal> {
    let window = paging.window(&ctx, ApplicationId::PREFIX)?;
    let found = servers::list_applications(&ctx, &id, window.after.clone(), window.fetch()).await?;
    let page = Listed::new(found, &window, |listed| listed.application_id.to_string());
    Ok(Json(page))
}

/// Let an application use an authorization server
///
/// One that stands on the list already stays there.
#[utoipa::path(post, path = "/servers/{id}/applications", tag = "Authorization servers",
    request_body = NewServerApplication, params(("id" = String, Path, description = "`default`")), responses(
    (status = 204, description = "It is done"),
))]
async fn admit(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<String>,
    Body(input): Body<NewServerApplication>,
) -> Result<NoContent, Refusal> {
    servers::admit(&ctx, &actor, &id, input.application_id).await?;
    Ok(NoContent)
}

/// Take an application off an authorization server's list
///
/// While the server is open to listed applications alone, this one gets nothing more, and its tokens are refused: by
/// introspection at once, by every gate within a second.
#[utoipa::path(delete, path = "/servers/{id}/applications/{application_id}", tag = "Authorization servers",
    params(("id" = String, Path, description = "`default`"), ("application_id" = String, Path, description = "`app_…`")),
    responses(
    (status = 204, description = "It is done"),
))]
async fn exclude(
    State(ctx): State<Context>,
    actor: Actor,
    Path((id, application)): Path<(String, ApplicationId)>,
) -> Result<NoContent, Refusal> {
    servers::exclude(&ctx, &actor, &id, application).await?;
    Ok(NoContent)
}
