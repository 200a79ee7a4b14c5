//! What waits for a review, and putting it there.

use gatehouse_core::id::ApplicationChangeId;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::application_change::{
    self, ApplicationChange, ApplicationChangeState, Proposal, Reviewed, new_reference,
};
use gatehouse_store::db::Tx;
use gatehouse_store::{apis, application_changes, applications, audit, entitlements};
use serde_json::json;

use super::{end, refused, user_of, values};
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, authority};
use crate::context::Context;

/// Which changes that the actor makes of an application wait. Operators and admins answer for theirs themselves.
pub(in crate::actions) async fn reviewed(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: &Application,
) -> Result<Reviewed, ActionError> {
    if user_of(actor).is_none() || authority::admin(tx, actor).await.is_ok() {
        return Ok(Reviewed::default());
    }
    let mut held = Vec::new();
    for entitlement in entitlements::of_application(tx, application.id).await? {
        let Some(api) = apis::find(tx, entitlement.api_id).await? else { continue };
        held.push((entitlement, api.review_policy.redirect_uri_changes));
    }
    let is = (application.environment, application.sign_in_scopes.as_slice());
    Ok(application_change::reviewed(is, held.iter().map(|(held, policy)| (held, *policy)), ctx.now()))
}

/// Hands changes to the reviewers. Each takes the place of the one that waits for the same field.
pub(in crate::actions) async fn propose(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    application: &Application,
    proposals: Vec<Proposal>,
) -> Result<(), ActionError> {
    let Some(proposed_by) = user_of(actor).filter(|_| !proposals.is_empty()) else { return Ok(()) };
    // Whoever proposes at the same moment waits here, and replaces this one then.
    applications::lock(tx, application.id).await?;
    let open = application_changes::open_of_application(tx, application.id).await?;
    let now = ctx.now();
    for proposal in proposals {
        if let Some(earlier) = open.iter().find(|earlier| earlier.proposal.field() == proposal.field()) {
            if earlier.proposal == proposal {
                continue;
            }
            let replaced = application_change::withdraw(earlier.clone(), None, now).map_err(refused)?;
            end(tx, (ctx, actor), "application_change.replaced", &replaced).await?;
        }
        let change = ApplicationChange {
            id: ApplicationChangeId::new(now, ctx.random()),
            reference: new_reference(ctx.random()),
            application_id: application.id,
            organization_id: application.organization_id,
            proposal,
            state: ApplicationChangeState::Submitted,
            proposed_by,
            created_at: now,
            due_at: ctx.calendar.due(now),
            decided_by: None,
            decided_at: None,
            reason: None,
        };
        application_changes::insert(tx, &change).await?;
        let (field, (before, after)) = (change.proposal.field(), values(&change.proposal));
        let event = event(ctx, actor, "application_change.submitted", "application_change", change.id)
            .before(json!({ "value": before }))
            .after(json!({ "application_id": application.id, "field": field, "value": after }));
        audit::record(tx, &event).await?;
    }
    Ok(())
}
