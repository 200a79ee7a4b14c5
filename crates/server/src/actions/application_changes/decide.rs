//! The decision. An approved change is made in the same transaction, by the code that makes every change.

use gatehouse_core::id::ApplicationChangeId;
use gatehouse_core::portal::access_request::{MessageError, Reviewer, ScopeDecision, Verdict, check_body};
use gatehouse_core::portal::application_change::{self, ApplicationChange, ApplicationChangeState, Proposal};
use gatehouse_store::db::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{end, load, refused, tell};
use crate::actions::{ActionError, Actor, FieldError, access_requests, applications};
use crate::context::Context;

/// What a reviewer decides.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeDecision)]
pub struct Decision {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// `approved` or `declined`.
    #[schema(value_type = String)]
    pub decision: ScopeDecision,
    /// Required to decline; the developer reads it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Approves a change, which makes it, or declines it.
pub async fn decide(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationChangeId,
    decision: Decision,
) -> Result<ApplicationChange, ActionError> {
    let verdict = verdict(&decision)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let (user, organizations) = access_requests::reviewer(tx, &actor, decision.reviewer.as_deref()).await?;
        let before = load(tx, id).await?;
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        let after = application_change::decide(before, &verdict, reviewer, ctx.now()).map_err(refused)?;
        match after.state {
            ApplicationChangeState::Approved => {
                end(tx, (&ctx, &actor), "application_change.approved", &after).await?;
                make(tx, (&ctx, &actor), &after).await?;
            }
            _ => end(tx, (&ctx, &actor), "application_change.declined", &after).await?,
        }
        tell::decided(tx, &ctx, &after).await?;
        Ok(after)
    })
    .await
}

fn verdict(decision: &Decision) -> Result<Verdict, ActionError> {
    match (decision.decision, decision.reason.as_deref()) {
        (ScopeDecision::Approved, None) => Ok(Verdict::Approve),
        (ScopeDecision::Approved, Some(_)) => {
            Err(ActionError::invalid("reason", "not_allowed", "a reason is for declining only"))
        }
        (ScopeDecision::Declined, reason) => {
            let reason = reason.unwrap_or_default();
            check_body(reason).map_err(|error| match error {
                MessageError::Empty => ActionError::invalid("reason", "required", "say why: the developer reads it"),
                error => ActionError::invalid("reason", error.code(), error.to_string()),
            })?;
            Ok(Verdict::Decline { reason: reason.to_owned() })
        }
    }
}

/// Puts an approved change into the application as it is now, checked as if it were made now.
async fn make(tx: &mut Tx, (ctx, actor): (&Context, &Actor), change: &ApplicationChange) -> Result<(), ActionError> {
    let before = applications::load(tx, change.application_id).await?;
    let after = change.proposal.apply(before.clone()).map_err(refused)?;
    if let Proposal::ApiUser { after: Some(user), .. } = &change.proposal {
        applications::find_api_user(tx, &before, &user.to_string()).await.map_err(impossible)?;
    }
    // Names of their own: `application.changed` is what nobody has approved.
    let action = match change.proposal {
        Proposal::ApiUser { .. } => "application.api_user_set",
        Proposal::RedirectUris(_) | Proposal::PostLogoutRedirectUris(_) => "application.redirect_uris_set",
    };
    applications::write(tx, (ctx, actor), action, (&before, after)).await.map(drop).map_err(impossible)
}

/// What was right when it was proposed is not any more.
fn impossible(error: ActionError) -> ActionError {
    let ActionError::Invalid(errors) = error else { return error };
    let named = |error: &FieldError| format!("{} {}", error.field.replace("api_user", "the API user"), error.message);
    let why: Vec<_> = errors.iter().map(named).collect();
    let message = format!("this cannot go live any more: {}. Decline it, and say so", why.join("; "));
    ActionError::conflict("change_impossible", message)
}
