//! `/manage/v1/users/{id}/connected_applications`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApplicationId, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Iso, Listed, NoContent, Path, Refusal};
use crate::actions::Actor;
use crate::actions::connected_applications::{self, Connected};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(disconnect))
}

/// An application that a user has let do something.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ConnectedApplication)]
pub struct ConnectedApplicationView {
    /// `app_…`
    pub application_id: String,
    /// Its name.
    pub name: String,
    /// The organization behind it.
    pub publisher: String,
    /// Names of the scopes.
    pub scopes: Vec<String>,
    /// When the user first allowed it.
    pub since: Iso,
    /// When it last did something; null when nothing of it lasts now.
    pub last_used_at: Option<Iso>,
}

impl From<&Connected> for ConnectedApplicationView {
    fn from(connected: &Connected) -> Self {
        Self {
            application_id: connected.application.id.to_string(),
            name: connected.application.name.clone(),
            publisher: connected.publisher.clone(),
            scopes: connected.scopes.iter().map(|scope| scope.name.clone()).collect(),
            since: connected.since.into(),
            last_used_at: connected.last_used_at.map(Iso),
        }
    }
}

/// List the applications that a user has let do something
#[utoipa::path(get, path = "/users/{id}/connected_applications", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`")), responses(
    (status = 200, description = "All of them", body = Listed<ConnectedApplicationView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<UserId>,
) -> Result<Json<Listed<ConnectedApplicationView>>, Refusal> {
    let found = connected_applications::list(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(ConnectedApplicationView::from))))
}

/// Disconnect an application from a user
///
/// Its tokens in the user's name are refused from now on, and it has to ask again.
#[utoipa::path(post, path = "/users/{id}/connected_applications/{application_id}/disconnect", tag = "Users",
    params(("id" = String, Path, description = "`usr_…`"), ("application_id" = String, Path, description = "`app_…`")),
    responses((status = 204, description = "It is disconnected")))]
async fn disconnect(
    State(ctx): State<Context>,
    actor: Actor,
    Path(which): Path<(UserId, ApplicationId)>,
) -> Result<NoContent, Refusal> {
    connected_applications::disconnect(&ctx, &actor, which).await?;
    Ok(NoContent)
}
