//! The request form while it is being filled in: kept for its writer alone, thrown away with the request that comes of
//! it. A draft is nobody else's business and changes nothing, so the audit log does not tell of it.

use gatehouse_core::id::{ApiId, UserId};
use gatehouse_core::portal::api::{Api, ApiState};
use gatehouse_store::access_request_drafts::{self, Draft, DraftForm};
use gatehouse_store::apis;
use gatehouse_store::db::Tx;

use crate::actions::ActionError;
use crate::context::Context;

/// The field by which a form is told from others: what is kept of one does not give way to another unasked.
const FORM: &str = "form";

/// Keeps what was typed, over what was kept before.
pub async fn save_draft(ctx: &Context, user: UserId, api: ApiId, form: DraftForm) -> Result<(), ActionError> {
    let draft = Draft { api_id: api, form, updated_at: ctx.now() };
    ctx.db.write(async move |tx| Ok(access_request_drafts::put(tx, user, &draft).await?)).await
}

/// Keeps what was typed in a form that nobody has asked to keep; a draft of another form stays as it is.
pub async fn keep_draft(ctx: &Context, user: UserId, api: ApiId, form: DraftForm) -> Result<(), ActionError> {
    let draft = Draft { api_id: api, form, updated_at: ctx.now() };
    let write = async move |tx: &mut Tx| {
        let kept = access_request_drafts::find(tx, user, api).await?;
        if kept.is_none_or(|kept| is_same_form(&kept.form, &draft.form)) {
            access_request_drafts::put(tx, user, &draft).await?;
        }
        Ok(())
    };
    ctx.db.write(write).await
}

/// Whether what is kept is of this form; what has no number is of any.
pub fn is_same_form(kept: &DraftForm, form: &DraftForm) -> bool {
    kept.get(FORM).is_none_or(|number| form.get(FORM) == Some(number))
}

/// Throws away what became a request, sent under the key of its form.
pub(super) async fn has_become_request(
    tx: &mut Tx,
    user: UserId,
    api: ApiId,
    key: Option<&str>,
) -> Result<(), ActionError> {
    let kept = access_request_drafts::find(tx, user, api).await?;
    let form = kept.as_ref().and_then(|kept| kept.form.get(FORM)?.first());
    if form.is_some_and(|form| Some(form.as_str()) == key) {
        access_request_drafts::delete(tx, user, api).await?;
    }
    Ok(())
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
