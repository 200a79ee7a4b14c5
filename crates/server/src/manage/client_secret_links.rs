//! `/manage/v1/applications/{id}/secret_links`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::ApplicationId;
use gatehouse_core::portal::client_secret_link::ClientSecretLink;
use gatehouse_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, Path, Refusal};
use crate::actions::Actor;
use crate::actions::client_secrets::{self, CreatedLink, NewLink};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// A link that shows a secret once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ClientSecretLink)]
pub struct ClientSecretLinkView {
    /// `lnk_…`
    pub id: String,
    /// `app_…`
    pub application_id: String,
    /// `sec_…`
    pub secret_id: String,
    /// `open`, `revealed` or `lapsed`, as of now.
    pub state: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Iso,
    /// When it ends or ended; soon after that it is not listed any more.
    pub expires_at: Iso,
    /// When it was used up.
    pub revealed_at: Option<Iso>,
}

/// A new link, with the address that is shown this once.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CreatedClientSecretLink)]
pub struct CreatedClientSecretLinkView {
    /// Where it leads. Add `#` and the key, 32 bytes in base64url, before you pass it on.
    pub url: String,
    /// What is listed of it.
    #[serde(flatten)]
    pub listed: ClientSecretLinkView,
}

impl ClientSecretLinkView {
    /// As of `now`.
    pub fn at(link: &ClientSecretLink, now: Timestamp) -> Self {
        Self {
            id: link.id.to_string(),
            application_id: link.application_id.to_string(),
            secret_id: link.secret_id.to_string(),
            state: link.state_at(now).to_string(),
            created_by: link.created_by.clone(),
            created_at: link.created_at.into(),
            expires_at: link.expires_at.into(),
            revealed_at: link.revealed_at.map(Iso),
        }
    }
}

impl From<&CreatedLink> for CreatedClientSecretLinkView {
    fn from(created: &CreatedLink) -> Self {
        let listed = ClientSecretLinkView::at(&created.link, created.link.created_at);
        Self { url: created.url.expose().to_owned(), listed }
    }
}

/// List the links to secrets of an application
#[utoipa::path(get, path = "/applications/{id}/secret_links", tag = "Client secrets",
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 200, description = "Those that have not ended, the oldest first", body = Listed<ClientSecretLinkView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
) -> Result<Json<Listed<ClientSecretLinkView>>, Refusal> {
    let now = ctx.now();
    let found = client_secrets::list_links(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(|link| ClientSecretLinkView::at(link, now)))))
}

/// Make a link that shows a secret once
///
/// For a person without an account. You seal what it shows under a key of your own and put the key behind the `#` of
/// the address, so that the server reads neither. It works once and for 72 hours. `gatehouse secrets create --link` does
/// all of it.
#[utoipa::path(post, path = "/applications/{id}/secret_links", tag = "Client secrets", request_body = NewLink,
    params(("id" = String, Path, description = "`app_…`")), responses(
    (status = 201, description = "The link without its key", body = CreatedClientSecretLinkView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApplicationId>,
    Body(input): Body<NewLink>,
) -> Result<Created<CreatedClientSecretLinkView>, Refusal> {
    Ok(Created((&client_secrets::create_link(&ctx, &actor, id, input).await?).into()))
}
