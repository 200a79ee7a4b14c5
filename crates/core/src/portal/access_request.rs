//! Access requests: `draft → submitted → in_review ⇄ needs_information → approved | partly_approved | declined`,
//! `withdrawn` by the developer from any open state, `expired` when a question stays unanswered for 30 days.
//!
//! A decided request never changes again. Nobody reviews a request of their own organization. A `restricted` scope
//! needs two different approvers. While the developer is asked the review clock stands still ([`super::review`]).

mod assign;
mod decide;
mod message;
mod policy;
mod reference;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::assign::{assign, unassign};
pub use self::decide::{ScopeVerdict, Verdict, decide};
pub use self::message::{MAX_BODY, Message, MessageError, MessageKind, check_body};
pub use self::policy::{Standing, approve_by_policy, decline_by_policy};
pub use self::reference::{new_reference, reference_of};
use super::application::SignInScope;
use super::review::Calendar;
use crate::id::{AccessRequestId, ApiId, ApplicationId, OrganizationId, ScopeId, UserId};
use crate::time::Timestamp;

/// A question that stays unanswered for so long ends the request.
pub const UNANSWERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// Most scopes of one request.
pub const MAX_SCOPES: usize = 100;

crate::text_enum! {
    /// Where a request stands.
    AccessRequestState, "access request state" {
        /// Being written.
        Draft = "draft",
        /// Waiting for a reviewer.
        Submitted = "submitted",
        /// A reviewer has it.
        InReview = "in_review",
        /// The developer is asked.
        NeedsInformation = "needs_information",
        /// Every scope was approved.
        Approved = "approved",
        /// Some scopes were approved.
        PartlyApproved = "partly_approved",
        /// No scope was approved.
        Declined = "declined",
        /// Taken back by the developer.
        Withdrawn = "withdrawn",
        /// A question stayed unanswered.
        Expired = "expired",
    }
}

crate::text_enum! {
    /// What became of one scope of a request.
    ScopeDecision, "scope decision" {
        /// Granted.
        Approved = "approved",
        /// Refused, with a reason.
        Declined = "declined",
    }
}

crate::text_enum! {
    /// How much harm a scope can do.
    Sensitivity, "sensitivity" {
        /// Little.
        Normal = "normal",
        /// Personal or business data.
        Sensitive = "sensitive",
        /// Needs two approvers.
        Restricted = "restricted",
    }
}

/// What the developer tells about the integration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// What it does.
    pub purpose: String,
    /// For whom.
    #[serde(default)]
    pub audience: String,
    /// How many calls are expected.
    #[serde(default)]
    pub expected_volume: String,
}

/// The first of two approvals of a restricted scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstApproval {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// One scope of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedScope {
    /// The scope.
    pub scope_id: ScopeId,
    /// Its name.
    pub scope: String,
    /// Decides how many approvers it needs.
    pub sensitivity: Sensitivity,
    /// The first of two approvals.
    pub first_approval: Option<FirstApproval>,
    /// What became of it.
    pub decision: Option<ScopeDecision>,
    /// Why, for the developer.
    pub reason: Option<String>,
    /// By whom (the second approver of a restricted scope); nobody when the API's policy did.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

impl RequestedScope {
    /// A scope that nobody has looked at.
    pub fn new(scope_id: ScopeId, scope: String, sensitivity: Sensitivity) -> Self {
        Self {
            scope_id,
            scope,
            sensitivity,
            first_approval: None,
            decision: None,
            reason: None,
            decided_by: None,
            decided_at: None,
        }
    }
}

/// An application asks for scopes of one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Its id.
    pub id: AccessRequestId,
    /// What people quote: `R-` and 8 Crockford characters.
    pub reference: String,
    /// Who asks.
    pub application_id: ApplicationId,
    /// The application's organization.
    pub organization_id: OrganizationId,
    /// What for.
    pub api_id: ApiId,
    /// The request that this one follows.
    pub previous_request_id: Option<AccessRequestId>,
    /// As stored; [`AccessRequest::state_at`] knows better.
    pub state: AccessRequestState,
    /// Answers to the API's own questions, by question key.
    pub answers: BTreeMap<String, String>,
    /// What the developer tells about the integration.
    pub integration: Integration,
    /// The reviewer who has it.
    pub assignee_id: Option<UserId>,
    /// The developer who made it.
    pub created_by: UserId,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When the developer accepted the terms of the API.
    pub terms_accepted_at: Option<Timestamp>,
    /// When it was submitted.
    pub submitted_at: Option<Timestamp>,
    /// When the decision is due; moves when the clock stood still.
    pub due_at: Option<Timestamp>,
    /// Since when the developer is asked.
    pub asked_at: Option<Timestamp>,
    /// When it was decided, withdrawn or found expired.
    pub decided_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows with every change; a change of an older version is refused.
    pub version: i64,
    /// Scope by scope.
    pub scopes: Vec<RequestedScope>,
    /// What it may ask of the people who sign in; granted together with the first scope that is approved.
    pub sign_in_scopes: Vec<SignInScope>,
}

/// Who reviews, with the organizations that they belong to.
#[derive(Clone, Copy, Debug)]
pub struct Reviewer<'a> {
    /// The person.
    pub user_id: UserId,
    /// Their own organizations.
    pub organizations: &'a [OrganizationId],
}

/// Why a request does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessRequestError {
    /// Not from this state.
    #[error("the request is {state}: it cannot be {wanted} now")]
    State {
        /// Where it stands.
        state: AccessRequestState,
        /// What was wanted of it, as a participle.
        wanted: &'static str,
    },
    /// No scopes, or the same twice, or too many.
    #[error("a request asks for 1 to 100 different scopes")]
    Scopes,
    /// The developer said nothing about the integration.
    #[error("say what the integration does before you submit the request")]
    Purpose,
    /// The reviewer belongs to the organization that asks.
    #[error("nobody reviews a request of their own organization")]
    OwnOrganization,
    /// The decision names a scope that was not asked for, or one twice.
    #[error("the decision names a scope that the request does not ask for, or the same one twice")]
    UnknownScope,
    /// Nothing was decided.
    #[error("decide on at least one scope")]
    NoVerdict,
    /// A scope that is decided.
    #[error("the scope {0} is decided already")]
    ScopeDecided(String),
    /// Declining without a reason.
    #[error("give the reason for declining {0}; the developer reads it")]
    ReasonMissing(String),
    /// The same person twice on a restricted scope.
    #[error("{0} is a restricted scope: another reviewer must approve it too")]
    SecondApprover(String),
    /// Not unanswered for long enough.
    #[error("the question has not been unanswered for 30 days")]
    NotUnanswered,
}

impl AccessRequestError {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::State { .. } => "request_state",
            Self::Scopes => "invalid_scopes",
            Self::Purpose => "purpose_missing",
            Self::OwnOrganization => "own_organization",
            Self::UnknownScope => "scope_not_requested",
            Self::NoVerdict => "no_verdict",
            Self::ScopeDecided(_) => "scope_already_decided",
            Self::ReasonMissing(_) => "reason_missing",
            Self::SecondApprover(_) => "second_approver_needed",
            Self::NotUnanswered => "not_unanswered",
        }
    }
}

impl AccessRequestState {
    /// Whether the developer may still take it back.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::InReview | Self::NeedsInformation)
    }

    /// Whether reviewers have it.
    pub const fn is_under_review(self) -> bool {
        matches!(self, Self::Submitted | Self::InReview | Self::NeedsInformation)
    }
}

impl AccessRequest {
    /// Where it stands at `now`: a question unanswered for 30 days has ended it, job or no job.
    pub fn state_at(&self, now: Timestamp) -> AccessRequestState {
        match (self.state, self.asked_at) {
            (AccessRequestState::NeedsInformation, Some(asked)) if asked.plus(UNANSWERED) <= now => {
                AccessRequestState::Expired
            }
            _ => self.state,
        }
    }
}

/// `draft → submitted`; the clock starts.
pub fn submit(
    request: AccessRequest,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &[AccessRequestState::Draft], "submitted", now)?;
    check_scopes(&request.scopes)?;
    if request.integration.purpose.trim().is_empty() {
        return Err(AccessRequestError::Purpose);
    }
    Ok(AccessRequest {
        state: AccessRequestState::Submitted,
        submitted_at: Some(now),
        due_at: Some(calendar.due(now)),
        ..changed(request, now)
    })
}

/// `in_review → needs_information`; the clock stops.
pub fn ask(
    request: AccessRequest,
    reviewer: Reviewer<'_>,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &[AccessRequestState::InReview], "sent back with a question", now)?;
    ensure_foreign(&request, reviewer)?;
    Ok(AccessRequest { state: AccessRequestState::NeedsInformation, asked_at: Some(now), ..changed(request, now) })
}

/// `needs_information → in_review`, by the developer's answer; the clock goes on.
pub fn answer(
    request: AccessRequest,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &[AccessRequestState::NeedsInformation], "answered", now)?;
    let due_at = match (request.due_at, request.asked_at) {
        (Some(due), Some(asked)) => Some(calendar.due_after_stop(due, asked, now)),
        (due, _) => due,
    };
    Ok(AccessRequest { state: AccessRequestState::InReview, due_at, asked_at: None, ..changed(request, now) })
}

/// Any open state `→ withdrawn`, by the developer.
pub fn withdraw(request: AccessRequest, now: Timestamp) -> Result<AccessRequest, AccessRequestError> {
    let state = request.state_at(now);
    if !state.is_open() {
        return Err(AccessRequestError::State { state, wanted: "withdrawn" });
    }
    Ok(AccessRequest { state: AccessRequestState::Withdrawn, decided_at: Some(now), ..changed(request, now) })
}

/// `needs_information → expired`, once the question has been unanswered for 30 days.
pub fn expire(request: AccessRequest, now: Timestamp) -> Result<AccessRequest, AccessRequestError> {
    if request.state != AccessRequestState::NeedsInformation {
        return Err(AccessRequestError::State { state: request.state, wanted: "expired" });
    }
    if request.state_at(now) != AccessRequestState::Expired {
        return Err(AccessRequestError::NotUnanswered);
    }
    Ok(AccessRequest { state: AccessRequestState::Expired, decided_at: Some(now), ..changed(request, now) })
}

/// Between 1 and [`MAX_SCOPES`] different scopes.
pub fn check_scopes(scopes: &[RequestedScope]) -> Result<(), AccessRequestError> {
    let different: std::collections::BTreeSet<_> = scopes.iter().map(|scope| scope.scope_id).collect();
    if scopes.is_empty() || scopes.len() > MAX_SCOPES || different.len() != scopes.len() {
        return Err(AccessRequestError::Scopes);
    }
    Ok(())
}

fn expect(
    request: &AccessRequest,
    allowed: &[AccessRequestState],
    wanted: &'static str,
    now: Timestamp,
) -> Result<(), AccessRequestError> {
    let state = request.state_at(now);
    if allowed.contains(&state) { Ok(()) } else { Err(AccessRequestError::State { state, wanted }) }
}

/// Nobody reviews a request of their own organization, nor one that they made themselves.
pub fn ensure_foreign(request: &AccessRequest, reviewer: Reviewer<'_>) -> Result<(), AccessRequestError> {
    if reviewer.organizations.contains(&request.organization_id) || reviewer.user_id == request.created_by {
        return Err(AccessRequestError::OwnOrganization);
    }
    Ok(())
}

fn changed(request: AccessRequest, now: Timestamp) -> AccessRequest {
    AccessRequest { updated_at: now, version: request.version + 1, ..request }
}

#[cfg(test)]
mod tests;
