//! Who is told: whoever proposed the change, or, when they have left, every owner of the organization.

use gatehouse_core::identity::user::User;
use gatehouse_core::portal::application_change::{ApplicationChange, ApplicationChangeState, ChangedField};
use gatehouse_store::access_requests::history::Reminder;
use gatehouse_store::db::Tx;
use gatehouse_store::{applications, organization_members, users};

use crate::actions::ActionError;
use crate::actions::notices::{self, Notice};
use crate::context::Context;
use crate::mail::texts::Text;

/// The decision.
pub(super) async fn decided(tx: &mut Tx, ctx: &Context, change: &ApplicationChange) -> Result<(), ActionError> {
    let text = match change.state {
        ApplicationChangeState::Approved => Text::ChangeApproved,
        _ => Text::ChangeDeclined,
    };
    let id = change.application_id;
    let application = applications::find(tx, id).await?.ok_or_else(|| ActionError::not_found("application", id))?;
    let notice = Notice::new(text, format!("/applications/{id}/settings"))
        .with("reference", change.reference.as_str())
        .with("application", application.name)
        .with("what", what(change.proposal.field()))
        .with("reason", change.reason.clone());
    let member = organization_members::find(tx, change.organization_id, change.proposed_by).await?;
    let user = if member.is_some() { users::find(tx, change.proposed_by).await? } else { None };
    match user.filter(User::is_active) {
        Some(user) => notices::tell(tx, ctx, &user, &notice).await,
        None => notices::tell_owners(tx, ctx, change.organization_id, &notice).await,
    }
}

/// To a reviewer: half of the time is over, or all of it.
pub(super) async fn reminded(
    tx: &mut Tx,
    ctx: &Context,
    change: &ApplicationChange,
    (reviewer, of): (&User, Reminder),
) -> Result<(), ActionError> {
    let text = match of {
        Reminder::HalfTime => Text::ReviewHalfTime,
        Reminder::Overdue => Text::ReviewOverdue,
    };
    let id = change.application_id;
    let application = applications::find(tx, id).await?.ok_or_else(|| ActionError::not_found("application", id))?;
    let notice = Notice::new(text, format!("/review/changes/{}", change.reference))
        .with("reference", change.reference.as_str())
        .with("application", application.name)
        .with("api", "")
        .with("what", what(change.proposal.field()))
        .with("assigned", false);
    notices::tell(tx, ctx, reviewer, &notice.at("due", change.due_at)).await
}

/// What changes, in the middle of a sentence.
fn what(field: ChangedField) -> &'static str {
    match field {
        ChangedField::RedirectUris => "redirect URIs",
        ChangedField::PostLogoutRedirectUris => "post-logout URIs",
        ChangedField::ApiUser => "API user",
    }
}
