//! The request form while it is being filled in: kept for its writer alone, thrown away with the request that comes of
//! it. A draft is nobody else's business and changes nothing, so the audit log does not tell of it.

use gatehouse_core::id::{ApiId, UserId};
use gatehouse_core::portal::api::{Api, ApiState};
use gatehouse_store::access_request_drafts::{self, Draft, DraftForm};
use gatehouse_store::apis;

use crate::actions::ActionError;
use crate::context::Context;

/// Keeps what was typed, over what was kept before.
pub async fn save_draft(ctx: &Context, user: UserId, api: ApiId, form: DraftForm) -> Result<(), ActionError> {
    let draft = Draft { api_id: api, form, updated_at: ctx.now() };
    ctx.db.write(async move |tx| Ok(access_request_drafts::put(tx, user, &draft).await?)).await
}

/// Throws it away. Doing it again changes nothing.
pub async fn discard_draft(ctx: &Context, user: UserId, api: ApiId) -> Result<(), ActionError> {
    ctx.db.write(async move |tx| Ok(access_request_drafts::delete(tx, user, api).await.map(drop)?)).await
}

/// The user's drafts, each with its API; those of APIs that take no requests any more are left out.
pub async fn drafts(ctx: &Context, user: UserId) -> Result<Vec<(Api, Draft)>, ActionError> {
    ctx.db
        .read(async move |tx| {
            let mut found = Vec::new();
            for draft in access_request_drafts::list_of_user(tx, user).await? {
                let api = apis::find(tx, draft.api_id).await?.filter(|api| api.state == ApiState::Published);
                found.extend(api.map(|api| (api, draft)));
            }
            Ok(found)
        })
        .await
}
