//! The API user: the member whose workspaces an application's client-credentials tokens see.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::identity::user::{User, UserState};
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::application_change::part;
use gatehouse_store::db::Tx;
use gatehouse_store::{organization_members, users};

use crate::actions::authority::Want;
use crate::actions::fields::{UserRef, user_ref};
use crate::actions::{ActionError, Actor, application_changes};
use crate::context::Context;

/// Sets the API user (by id or e-mail address), or takes it away. Where reviewers must see that again, it waits for them,
/// and the application comes back as it was.
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
        let wanted = Application { api_user_id, ..before.clone() };
        let reviewed = application_changes::reviewed(tx, (&ctx, &actor), &before).await?;
        let (after, waiting) = part(&before, wanted, reviewed);
        application_changes::propose(tx, (&ctx, &actor), &before, waiting).await?;
        super::write(tx, (&ctx, &actor), "application.api_user_set", (&before, after)).await
    })
    .await
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
