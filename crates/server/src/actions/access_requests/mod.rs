//! Access requests: one file per group of steps. The decision that approves scopes grants them in the same transaction.

mod answer;
mod applicant;
mod apply;
mod assign;
mod create;
mod decide;
mod desk;
mod details;
mod drafts;
mod expire;
mod options;
mod queue;
mod recipients;
mod remind;
mod reply;
mod review;
mod show;
mod submit;
mod tell;
mod together;

use gatehouse_core::id::{AccessRequestId, OrganizationId};
use gatehouse_core::identity::user::{Role, User, UserState};
use gatehouse_core::portal::access_request::{AccessRequest, AccessRequestError, AccessRequestState};
use gatehouse_store::db::Tx;
use gatehouse_store::{access_requests, audit, organization_members, users};
use serde_json::json;

pub use answer::{NewAnswer, answer};
pub use applicant::NewApplicant;
pub use apply::{Applied, Apply, apply};
pub use assign::{Assignment, assign, unassign};
pub use create::{NewRequest, create};
pub use decide::{Decision, NewVerdict, decide};
pub use desk::{ApiUser, Dossier, Seat, dossier, homepages};
pub(super) use desk::{USAGE, api_user, contacts};
pub use details::{Details, Thread, details};
pub use drafts::{discard_draft, drafts, is_same_form, keep_draft, save_draft};
pub use expire::expire;
pub use options::{Asker, Options, options};
pub use queue::{Queue, Wanted, Whose, queue, waiting};
pub use remind::remind;
pub use reply::{Addition, NewReply, add, reply};
pub use review::{NewNote, Question, ask, note};
pub use show::{Filter, Listed, count_of_user, find, list, list_of_user, thread};
pub use submit::{Submission, submit, withdraw};
pub use together::{Assignments, Chosen, Decisions, Outcome, assign_all, decide_all, equal};

use super::authority::{self, Want};
use super::events::event;
use super::fields::{UserRef, user_ref};
use super::{ActionError, Actor, ActorKind, FieldError};
use crate::context::Context;

async fn load(tx: &mut Tx, id: AccessRequestId) -> Result<AccessRequest, ActionError> {
    access_requests::find(tx, id).await?.ok_or_else(|| ActionError::not_found("access request", id))
}

/// Lets pass whoever may do this with a request of their organization; to others there is none.
async fn of_organization(tx: &mut Tx, actor: &Actor, request: &AccessRequest, want: Want) -> Result<(), ActionError> {
    let missing = || ActionError::not_found("access request", &request.reference);
    authority::member(tx, actor, request.organization_id, want, missing).await
}

/// What of a request somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sees {
    /// All, the reviewers' own notes too.
    Everything,
    /// What is meant for the developer.
    Public,
}

/// The organization that asks sees its requests; reviewers see all but drafts. To others there is none.
async fn may_look(tx: &mut Tx, actor: &Actor, request: &AccessRequest) -> Result<Sees, ActionError> {
    let ActorKind::User(_) = actor.kind else { return Ok(Sees::Everything) };
    // A reviewer of the asking organization is one of those who ask.
    let refused = match of_organization(tx, actor, request, Want::Look).await {
        Ok(()) => return Ok(Sees::Public),
        Err(error) => error,
    };
    if request.state == AccessRequestState::Draft || authority::reviewer(tx, actor).await.is_err() {
        return Err(refused);
    }
    Ok(Sees::Everything)
}

/// Writes the next version and the event that explains it.
async fn save(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    action: &'static str,
    (before, after): (&AccessRequest, &AccessRequest),
) -> Result<(), ActionError> {
    if !access_requests::update(tx, after).await? {
        return Err(ActionError::changed_meanwhile());
    }
    let event = event(ctx, actor, action, "access_request", after.id)
        .before(json!({ "state": before.state, "decisions": decisions(before) }))
        .after(json!({
            "state": after.state,
            "assignee_id": after.assignee_id,
            "terms_accepted": after.terms_accepted_at.is_some(),
            "decisions": decisions(after),
        }));
    Ok(audit::record(tx, &event).await?)
}

fn decisions(request: &AccessRequest) -> serde_json::Value {
    let scopes = request.scopes.iter().map(|scope| {
        let first = scope.first_approval.map(|approval| approval.by);
        let value = json!({ "decision": scope.decision, "first_approved_by": first, "decided_by": scope.decided_by });
        (scope.scope.clone(), value)
    });
    serde_json::Value::Object(scopes.collect())
}

fn terms_missing() -> FieldError {
    FieldError::new("terms_accepted", "required", "accept the terms to ask for access")
}

fn refused(error: &AccessRequestError) -> ActionError {
    ActionError::conflict(error.code(), error.to_string())
}

/// The person who takes a step: the signed-in user, or, for an operator or the command line, the user named in `field`.
async fn person(tx: &mut Tx, actor: &Actor, field: &str, named: Option<&str>) -> Result<User, ActionError> {
    match (&actor.kind, named) {
        (ActorKind::User(id), _) => active(users::find(tx, *id).await?, field),
        (_, Some(text)) => by_name(tx, field, text).await,
        (_, None) => Err(ActionError::invalid(field, "required", "name the user who takes this step")),
    }
}

async fn by_name(tx: &mut Tx, field: &str, text: &str) -> Result<User, ActionError> {
    let found = match user_ref(field, text).map_err(|error| ActionError::Invalid(vec![error]))? {
        UserRef::Id(id) => users::find(tx, id).await?,
        UserRef::Email(email) => users::find_by_email(tx, &email).await?,
    };
    active(found, field)
}

fn active(found: Option<User>, field: &str) -> Result<User, ActionError> {
    let active = found.filter(|user| user.state == UserState::Active);
    active.ok_or_else(|| ActionError::invalid(field, "unknown", "there is no active user of this id or address"))
}

/// A person who may review, with the organizations that they belong to.
pub(super) async fn reviewer(
    tx: &mut Tx,
    actor: &Actor,
    named: Option<&str>,
) -> Result<(User, Vec<OrganizationId>), ActionError> {
    authority::reviewer(tx, actor).await?;
    let user = person(tx, actor, "reviewer", named).await?;
    eligible(tx, user).await
}

/// Another person who may review, whoever acts.
async fn named_reviewer(tx: &mut Tx, named: &str) -> Result<(User, Vec<OrganizationId>), ActionError> {
    let user = by_name(tx, "reviewer", named).await?;
    eligible(tx, user).await
}

async fn eligible(tx: &mut Tx, user: User) -> Result<(User, Vec<OrganizationId>), ActionError> {
    if !matches!(user.role, Role::Reviewer | Role::Admin) {
        let message = "must be a user with the role reviewer or admin";
        return Err(ActionError::invalid("reviewer", "not_eligible", message));
    }
    let members = organization_members::list_of_user(tx, user.id).await?;
    Ok((user, members.into_iter().map(|member| member.organization_id).collect()))
}

/// A person who may speak for the organization that asks.
async fn developer(
    tx: &mut Tx,
    actor: &Actor,
    named: Option<&str>,
    organization: OrganizationId,
) -> Result<User, ActionError> {
    let user = person(tx, actor, "developer", named).await?;
    let member = organization_members::find(tx, organization, user.id).await?;
    if !member.is_some_and(|member| member.role.can_write()) {
        let message = "must be an owner or maintainer of the application's organization";
        return Err(ActionError::invalid("developer", "not_eligible", message));
    }
    Ok(user)
}

#[cfg(test)]
mod tests;
