//! `/manage/v1/apis/{id}/credentials`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::{ApiCredentialId, ApiId};
use gatehouse_core::portal::api_credential::ApiCredential;
use gatehouse_core::secret::Secret;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::Actor;
use crate::actions::apis::{self, NewApiCredential};
use crate::context::Context;
use crate::manage::{Body, Created, Iso, Listed, Path, Refusal};

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A credential of an API; its secret is not kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApiCredential)]
pub struct ApiCredentialView {
    /// `acr_…`: the client id with which the API authenticates.
    pub id: String,
    /// `api_…`
    pub api_id: String,
    /// What uses it.
    pub name: String,
    /// The last four characters of the secret.
    pub last_four: String,
    /// When it was made.
    pub created_at: Iso,
    /// To the second or so.
    pub last_used_at: Option<Iso>,
    /// When it was revoked.
    pub revoked_at: Option<Iso>,
}

/// A new credential, with the secret that is shown this once.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CreatedApiCredential)]
pub struct CreatedApiCredentialView {
    /// The client secret: `gh_ac_…`. It cannot be shown again.
    pub secret: String,
    /// What is listed of it.
    #[serde(flatten)]
    pub listed: ApiCredentialView,
}

impl From<&ApiCredential> for ApiCredentialView {
    fn from(credential: &ApiCredential) -> Self {
        Self {
            id: credential.id.to_string(),
            api_id: credential.api_id.to_string(),
            name: credential.name.clone(),
            last_four: credential.last_four.clone(),
            created_at: credential.created_at.into(),
            last_used_at: credential.last_used_at.map(Iso),
            revoked_at: credential.revoked_at.map(Iso),
        }
    }
}

impl From<&(ApiCredential, Secret)> for CreatedApiCredentialView {
    fn from((credential, secret): &(ApiCredential, Secret)) -> Self {
        Self { secret: secret.expose().to_owned(), listed: credential.into() }
    }
}

/// List the credentials of an API, revoked ones too
#[utoipa::path(get, path = "/apis/{id}/credentials", tag = "APIs",
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 200, description = "All of them", body = Listed<ApiCredentialView>),
))]
async fn list(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApiId>,
) -> Result<Json<Listed<ApiCredentialView>>, Refusal> {
    let found = apis::credentials(&ctx, &actor, id).await?;
    Ok(Json(Listed::whole(found.iter().map(ApiCredentialView::from))))
}

/// Create a credential with which an API asks about tokens
///
/// With its id as client id and its secret, the API asks the introspection endpoint about tokens that carry its
/// audience. The answer holds the secret, which cannot be shown again.
#[utoipa::path(post, path = "/apis/{id}/credentials", tag = "APIs", request_body = NewApiCredential,
    params(("id" = String, Path, description = "`api_…`")), responses(
    (status = 201, description = "The credential", body = CreatedApiCredentialView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<ApiId>,
    Body(input): Body<NewApiCredential>,
) -> Result<Created<CreatedApiCredentialView>, Refusal> {
    Ok(Created((&apis::create_credential(&ctx, &actor, id, input).await?).into()))
}

/// Revoke a credential of an API
#[utoipa::path(post, path = "/apis/{id}/credentials/{credential_id}/revoke", tag = "APIs",
    params(
        ("id" = String, Path, description = "`api_…`"),
        ("credential_id" = String, Path, description = "`acr_…`")
    ),
    responses((status = 200, description = "The credential as it is now", body = ApiCredentialView)))]
async fn revoke(
    State(ctx): State<Context>,
    actor: Actor,
    Path(which): Path<(ApiId, ApiCredentialId)>,
) -> Result<Json<ApiCredentialView>, Refusal> {
    Ok(Json((&apis::revoke_credential(&ctx, &actor, which).await?).into()))
}
