//! Access requests as the management API shows them.

use std::collections::BTreeMap;

use gatehouse_core::portal::access_request::{AccessRequest, Message, RequestedScope};
use gatehouse_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::manage::Iso;

/// An application asks for scopes of one API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessRequest)]
pub struct AccessRequestView {
    /// `req_…`
    pub id: String,
    /// What people quote: `R-…`
    pub reference: String,
    /// `app_…`
    pub application_id: String,
    /// `org_…`
    pub organization_id: String,
    /// `api_…`
    pub api_id: String,
    /// `req_…`: the request that this one follows.
    pub previous_request_id: Option<String>,
    /// `draft`, `submitted`, `in_review`, `needs_information`, `approved`, `partly_approved`, `declined`, `withdrawn`
    /// or `expired`, as of now.
    pub state: String,
    /// Scope by scope.
    pub scopes: Vec<RequestedScopeView>,
    /// What it may ask of the people who sign in; granted with the first scope that is approved.
    pub sign_in_scopes: Vec<String>,
    /// What the integration does.
    pub purpose: String,
    /// For whom.
    pub audience: String,
    /// How many calls are expected.
    pub expected_volume: String,
    /// Answers to the API's own questions.
    pub answers: BTreeMap<String, String>,
    /// `usr_…`: the reviewer who has it.
    pub assignee_id: Option<String>,
    /// `usr_…`: the developer who made it.
    pub created_by: String,
    /// When it was begun.
    pub created_at: Iso,
    /// When the developer accepted the terms of the API.
    pub terms_accepted_at: Option<Iso>,
    /// When it was submitted.
    pub submitted_at: Option<Iso>,
    /// When the decision is due.
    pub due_at: Option<Iso>,
    /// Since when the developer is asked.
    pub asked_at: Option<Iso>,
    /// When it ended.
    pub decided_at: Option<Iso>,
    /// Of the last change.
    pub updated_at: Iso,
    /// Grows with every change; send it with a decision, and the decision is refused when something has changed since.
    pub version: i64,
}

/// One scope of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RequestedScope)]
pub struct RequestedScopeView {
    /// Its name.
    pub scope: String,
    /// `normal`, `sensitive` or `restricted`.
    pub sensitivity: String,
    /// `usr_…`: the first of the two approvers of a restricted scope.
    pub first_approved_by: Option<String>,
    /// `approved` or `declined`; null while open.
    pub decision: Option<String>,
    /// Why it was declined.
    pub reason: Option<String>,
    /// `usr_…`
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Iso>,
}

/// A message in the thread of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessRequestMessage)]
pub struct MessageView {
    /// `msg_…`
    pub id: String,
    /// `question`, `answer`, `reply` or `note`.
    pub kind: String,
    /// `usr_…`
    pub author_id: String,
    /// Plain text.
    pub text: String,
    /// When.
    pub created_at: Iso,
}

impl AccessRequestView {
    /// As of `now`.
    pub fn at(of: &AccessRequest, now: Timestamp) -> Self {
        Self {
            id: of.id.to_string(),
            reference: of.reference.clone(),
            application_id: of.application_id.to_string(),
            organization_id: of.organization_id.to_string(),
            api_id: of.api_id.to_string(),
            previous_request_id: of.previous_request_id.map(|id| id.to_string()),
            state: of.state_at(now).to_string(),
            scopes: of.scopes.iter().map(RequestedScopeView::from).collect(),
            sign_in_scopes: of.sign_in_scopes.iter().map(ToString::to_string).collect(),
            purpose: of.integration.purpose.clone(),
            audience: of.integration.audience.clone(),
            expected_volume: of.integration.expected_volume.clone(),
            answers: of.answers.clone(),
            assignee_id: of.assignee_id.map(|id| id.to_string()),
            created_by: of.created_by.to_string(),
            created_at: of.created_at.into(),
            terms_accepted_at: of.terms_accepted_at.map(Iso),
            submitted_at: of.submitted_at.map(Iso),
            due_at: of.due_at.map(Iso),
            asked_at: of.asked_at.map(Iso),
            decided_at: of.decided_at.map(Iso),
            updated_at: of.updated_at.into(),
            version: of.version,
        }
    }
}

/// With the time that it is looked at.
impl From<&(AccessRequest, Timestamp)> for AccessRequestView {
    fn from((request, now): &(AccessRequest, Timestamp)) -> Self {
        Self::at(request, *now)
    }
}

impl From<&RequestedScope> for RequestedScopeView {
    fn from(scope: &RequestedScope) -> Self {
        Self {
            scope: scope.scope.clone(),
            sensitivity: scope.sensitivity.to_string(),
            first_approved_by: scope.first_approval.map(|approval| approval.by.to_string()),
            decision: scope.decision.map(|decision| decision.to_string()),
            reason: scope.reason.clone(),
            decided_by: scope.decided_by.map(|id| id.to_string()),
            decided_at: scope.decided_at.map(Iso),
        }
    }
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.to_string(),
            kind: message.kind.to_string(),
            author_id: message.author_id.to_string(),
            text: message.body.clone(),
            created_at: message.created_at.into(),
        }
    }
}
