//! `/manage/v1/operator_keys`

use axum::Json;
use axum::extract::State;
use gatehouse_core::id::OperatorKeyId;
use gatehouse_core::identity::operator_key::OperatorKey;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Created, Iso, Listed, Paging, Params, Path, Refusal};
use crate::actions::Actor;
use crate::actions::operator_keys::{self, NewOperatorKey};
use crate::context::Context;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A key as it is listed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OperatorKey)]
pub struct OperatorKeyView {
    /// `opk_…`
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Its last four characters.
    pub last_four: String,
    /// When it was made.
    pub created_at: Iso,
    /// To the minute; null when never.
    pub last_used_at: Option<Iso>,
    /// Since when it is refused; null while it works.
    pub revoked_at: Option<Iso>,
}

/// A new key, with the secret that is shown this once.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CreatedOperatorKey)]
pub struct CreatedOperatorKeyView {
    /// The key itself: `gh_ok_…`. It cannot be shown again.
    pub key: String,
    /// What is listed of it.
    #[serde(flatten)]
    pub listed: OperatorKeyView,
}

impl From<&OperatorKey> for OperatorKeyView {
    fn from(key: &OperatorKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            last_four: key.last_four.clone(),
            created_at: key.created_at.into(),
            last_used_at: key.last_used_at.map(Iso),
            revoked_at: key.revoked_at.map(Iso),
        }
    }
}

/// List operator keys, revoked ones too
#[utoipa::path(get, path = "/operator_keys", tag = "Operator keys", params(Paging), responses(
    (status = 200, description = "A page of keys", body = Listed<OperatorKeyView>),
))]
async fn list(
    State(ctx): State<Context>,
    Params(paging): Params<Paging>,
) -> Result<Json<Listed<OperatorKeyView>>, Refusal> {
    let window = paging.window(&ctx, OperatorKeyId::PREFIX)?;
    let keys = operator_keys::list(&ctx, window.after.clone(), window.fetch()).await?;
    Ok(Json(Listed::new(keys, &window, |key| key.id.to_string())))
}

/// Create an operator key
///
/// The answer holds the key itself, which cannot be shown again.
#[utoipa::path(post, path = "/operator_keys", tag = "Operator keys", request_body = NewOperatorKey, responses(
    (status = 201, description = "The key", body = CreatedOperatorKeyView),
))]
async fn create(
    State(ctx): State<Context>,
    actor: Actor,
    Body(input): Body<NewOperatorKey>,
) -> Result<Created<CreatedOperatorKeyView>, Refusal> {
    let (key, secret) = operator_keys::create(&ctx, &actor, input).await?;
    Ok(Created(CreatedOperatorKeyView { key: secret.expose().to_owned(), listed: (&key).into() }))
}

/// Revoke an operator key
///
/// The next call with it is refused. A key may revoke itself.
#[utoipa::path(post, path = "/operator_keys/{id}/revoke", tag = "Operator keys",
    params(("id" = String, Path, description = "`opk_…`")), responses(
    (status = 200, description = "The key as it is now", body = OperatorKeyView),
))]
async fn revoke(
    State(ctx): State<Context>,
    actor: Actor,
    Path(id): Path<OperatorKeyId>,
) -> Result<Json<OperatorKeyView>, Refusal> {
    Ok(Json((&operator_keys::revoke(&ctx, &actor, id).await?).into()))
}
