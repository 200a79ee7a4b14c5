//! What the developer does with a request: submit it, withdraw it.
//!
//! A person accepts the API's terms with it, as the request form has it. An operator who works in a developer's name says
//! whether the developer has.

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::identity::free_mail::is_free_mail;
use gatehouse_core::portal::access_request::{self, AccessRequest, AccessRequestState, Standing};
use gatehouse_store::db::Tx;
use gatehouse_store::{apis, organizations, users};
use serde::Deserialize;
use utoipa::ToSchema;

use super::decide::grant_approved;
use super::tell;
use crate::actions::authority::Want;
use crate::actions::{ActionError, Actor, ActorKind, applications, authority};
use crate::context::Context;

/// What the developer reads when the policy declines.
const FREE_MAIL: &str = "This API is for organizations, and your address is at a free mail provider. Ask again with an \
                         address of your organization, or ask us to verify your organization first.";

/// What is said with a submission.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// The developer accepts the terms of the API. The time is kept.
    #[serde(default)]
    pub terms_accepted: bool,
}

/// Hands a draft to the reviewers; the review clock starts. What the API's policy approves is decided at once.
pub async fn submit(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    submission: Submission,
) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let mut draft = super::load(tx, id).await?;
        super::of_organization(tx, &actor, &draft, Want::Change).await?;
        applications::load(tx, draft.application_id).await?;
        if submission.terms_accepted {
            draft.terms_accepted_at = draft.terms_accepted_at.or(Some(ctx.now()));
        }
        // Of a request that is no draft any more, that it is none is all there is to say.
        if draft.state == AccessRequestState::Draft {
            may_submit(tx, &actor, &draft).await?;
        }
        submit_in(tx, (&ctx, &actor), draft).await
    })
    .await
}

/// What the request form asks of a person as well.
async fn may_submit(tx: &mut Tx, actor: &Actor, draft: &AccessRequest) -> Result<(), ActionError> {
    let ActorKind::User(id) = actor.kind else { return Ok(()) };
    if !users::find(tx, id).await?.is_some_and(|user| user.is_verified()) {
        return Err(authority::not_verified());
    }
    if draft.terms_accepted_at.is_none() {
        return Err(ActionError::Invalid(vec![super::terms_missing()]));
    }
    Ok(())
}

/// The same inside a transaction, for what makes the request too.
pub(super) async fn submit_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    before: AccessRequest,
) -> Result<AccessRequest, ActionError> {
    let after =
        access_request::submit(before.clone(), &ctx.calendar, ctx.now()).map_err(|error| super::refused(&error))?;
    super::save(tx, (ctx, actor), "access_request.submitted", (&before, &after)).await?;
    let after = apply_policy(tx, (ctx, actor), after).await?;
    if after.state.is_open() {
        tell::received(tx, ctx, &after).await?;
    } else {
        tell::decided(tx, ctx, &after).await?;
    }
    Ok(after)
}

/// Takes an open request back.
pub async fn withdraw(ctx: &Context, actor: &Actor, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let before = super::load(tx, id).await?;
        super::of_organization(tx, &actor, &before, Want::Change).await?;
        let after = access_request::withdraw(before.clone(), ctx.now()).map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.withdrawn", (&before, &after)).await?;
        tell::withdrawn(tx, &ctx, &after).await?;
        Ok(after)
    })
    .await
}

/// What the API's policy decides needs no reviewer. An organization that an operator has checked is taken for what it
/// is, whatever its people's addresses.
async fn apply_policy(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    before: AccessRequest,
) -> Result<AccessRequest, ActionError> {
    let api = apis::find(tx, before.api_id).await?.ok_or_else(|| ActionError::not_found("API", before.api_id))?;
    let organization = organizations::find(tx, before.organization_id).await?;
    let verified = organization.is_some_and(|organization| organization.verified_at.is_some());
    let standing = if verified { Standing::Verified } else { Standing::Unverified };
    if api.review_policy.decline_free_mail && !verified && asked_by_free_mail(tx, &before).await? {
        let after = access_request::decline_by_policy(before.clone(), FREE_MAIL, ctx.now())
            .map_err(|error| super::refused(&error))?;
        super::save(tx, (ctx, actor), "access_request.declined_by_policy", (&before, &after)).await?;
        return Ok(after);
    }
    let policy = api.review_policy.auto_approve;
    let after = access_request::approve_by_policy(before.clone(), policy, standing, ctx.now())
        .map_err(|error| super::refused(&error))?;
    if after == before {
        return Ok(before);
    }
    super::save(tx, (ctx, actor), "access_request.approved_by_policy", (&before, &after)).await?;
    if !after.state.is_open() {
        grant_approved(tx, (ctx, actor), &after).await?;
    }
    Ok(after)
}

async fn asked_by_free_mail(tx: &mut Tx, request: &AccessRequest) -> Result<bool, ActionError> {
    let developer = users::find(tx, request.created_by).await?;
    Ok(developer.is_some_and(|user| is_free_mail(&user.email)))
}
