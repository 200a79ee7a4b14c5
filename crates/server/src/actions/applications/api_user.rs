//! The API user: the member whose workspaces an application's client-credentials tokens see.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::identity::user::{User, UserState};
use gatehouse_core::portal::application::{Application, Environment};
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, entitlements, organization_members, users};
use serde_json::json;

use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::fields::{UserRef, user_ref};
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// Sets the API user (by id or e-mail address), or takes it away.
pub async fn set_api_user(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    user: Option<String>,
) -> Result<Application, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load_for(tx, &actor, id, Want::Change).await?;
        let api_user_id = match &user {
            Some(user) => Some(find_api_user(tx, &before, user).await?.id),
            None => None,
        };
        if api_user_id == before.api_user_id {
            return Ok(before);
        }
        ensure_unreviewed(tx, (&ctx, &actor), &before).await?;
        let after = Application { api_user_id, ..super::next_version(&before, ctx.now())? };
        super::save(tx, &after).await?;
        let event = event(&ctx, &actor, "application.api_user_set", "application", id)
            .before(json!({ "api_user_id": before.api_user_id }))
            .after(json!({ "api_user_id": after.api_user_id }));
        audit::record(tx, &event).await?;
        Ok(after)
    })
    .await
}

/// What the reviewers approved stays as they approved it: once a production application has access, only an operator or
/// admin changes whose data it sees.
async fn ensure_unreviewed(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: &Application,
) -> Result<(), ActionError> {
    if application.environment == Environment::Sandbox || authority::admin(tx, actor).await.is_ok() {
        return Ok(());
    }
    let held = entitlements::of_application(tx, application.id).await?;
    if held.iter().all(|held| held.effective_scopes(ctx.now()).next().is_none()) {
        return Ok(());
    }
    let message = "this application is in production and has access: the reviewers approved it with its API user, so ask \
                   them to change it";
    Err(ActionError::conflict("review_needed", message))
}

/// A verified, active member of the application's organization. All who are not get the same answer.
pub(in crate::actions) async fn find_api_user(tx: &mut Tx, of: &Application, user: &str) -> Result<User, ActionError> {
    let found = match user_ref("api_user", user).map_err(|error| ActionError::Invalid(vec![error]))? {
        UserRef::Id(id) => users::find(tx, id).await?,
        UserRef::Email(email) => users::find_by_email(tx, &email).await?,
    };
    let fit = found.filter(|user| user.state == UserState::Active && user.email_verified_at.is_some());
    let member = match &fit {
        Some(user) => organization_members::find(tx, of.organization_id, user.id).await?,
        None => None,
    };
    fit.filter(|_| member.is_some()).ok_or_else(|| {
        let message = "must be an active member of the application's organization whose e-mail address is verified";
        ActionError::invalid("api_user", "not_eligible", message)
    })
}
