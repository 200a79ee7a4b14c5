//! Credentials of an API's own, with which it asks what tokens are worth: shown once, kept as hashes.

use gatehouse_core::id::{ApiCredentialId, ApiId};
use gatehouse_core::portal::api_credential::ApiCredential;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_store::{api_credentials, apis, audit};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::{ActionError, Actor, authority, events, fields};
use crate::context::Context;

/// A credential to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiCredential {
    /// What uses it, such as the name of a gateway.
    pub name: String,
}

/// Makes a credential. The secret is shown to whoever asked and never again.
pub async fn create_credential(
    ctx: &Context,
    actor: &Actor,
    api: ApiId,
    input: NewApiCredential,
) -> Result<(ApiCredential, Secret), ActionError> {
    let name = fields::display_name("name", &input.name).map_err(|error| ActionError::Invalid(vec![error]))?;
    let now = ctx.now();
    let secret = mint(&ctx.secret_prefix, SecretKind::ApiCredential, ctx.random());
    let credential = ApiCredential {
        id: ApiCredentialId::new(now, ctx.random()),
        api_id: api,
        name,
        last_four: secret.last_four(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    let (context, actor, hash) = (ctx.clone(), actor.clone(), secret.hash());
    let made = ctx.db.write(async move |tx| {
        authority::admin(tx, &actor).await?;
        apis::find(tx, api).await?.ok_or_else(|| ActionError::not_found("API", api))?;
        api_credentials::insert(tx, &credential, hash).await?;
        let event = events::event(&context, &actor, "api_credential.created", "api", api)
            .after(json!({"credential": credential.id, "name": credential.name, "last_four": credential.last_four}));
        audit::record(tx, &event).await?;
        Ok::<_, ActionError>(credential.clone())
    });
    Ok((made.await?, secret))
}

/// All of an API, the oldest first, revoked ones too.
pub async fn credentials(ctx: &Context, actor: &Actor, api: ApiId) -> Result<Vec<ApiCredential>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            authority::admin(tx, &actor).await?;
            apis::find(tx, api).await?.ok_or_else(|| ActionError::not_found("API", api))?;
            Ok(api_credentials::list_of_api(tx, api).await?)
        })
        .await
}

/// Ends a credential; the next question with it is refused.
pub async fn revoke_credential(
    ctx: &Context,
    actor: &Actor,
    (api, id): (ApiId, ApiCredentialId),
) -> Result<ApiCredential, ActionError> {
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            let known = api_credentials::list_of_api(tx, api).await?.iter().any(|credential| credential.id == id);
            if !known {
                return Err(ActionError::not_found("credential of this API", id));
            }
            let revoked = api_credentials::revoke(tx, (api, id), context.now()).await?;
            let message = "this credential was revoked before";
            let revoked = revoked.ok_or_else(|| ActionError::conflict("wrong_state", message))?;
            let event = events::event(&context, &actor, "api_credential.revoked", "api", api)
                .before(json!({"credential": id, "name": revoked.name, "last_four": revoked.last_four}));
            audit::record(tx, &event).await?;
            Ok(revoked)
        })
        .await
}
