//! What the policy of an API decides at once, without a reviewer.

use super::decide::outcome;
use super::expect;
use super::{
    AccessRequest, AccessRequestError, AccessRequestState, RequestedScope, ScopeDecision, Sensitivity, changed,
};
use crate::portal::api::AutoApprove;
use crate::time::Timestamp;

/// Whether the operator has checked who the organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has the badge.
    Verified,
    /// It has not.
    Unverified,
}

/// `submitted → approved` when the policy approves every scope; scopes that it does not approve stay open for the
/// reviewers. A `restricted` scope is never approved by a policy: it needs two people. The request comes back as it was
/// when nothing is approved.
pub fn approve_by_policy(
    request: AccessRequest,
    policy: AutoApprove,
    standing: Standing,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &[AccessRequestState::Submitted], "approved by policy", now)?;
    let approves = |scope: &RequestedScope| match policy {
        _ if scope.sensitivity == Sensitivity::Restricted || scope.decision.is_some() => false,
        AutoApprove::Nothing => false,
        AutoApprove::NormalScopes => scope.sensitivity == Sensitivity::Normal,
        AutoApprove::VerifiedOrganizations => standing == Standing::Verified,
        AutoApprove::Everything => true,
    };
    if !request.scopes.iter().any(approves) {
        return Ok(request);
    }
    let approved = |scope: &RequestedScope| match approves(scope) {
        true => RequestedScope { decision: Some(ScopeDecision::Approved), decided_at: Some(now), ..scope.clone() },
        false => scope.clone(),
    };
    let scopes: Vec<_> = request.scopes.iter().map(approved).collect();
    Ok(match outcome(&scopes) {
        Some(state) => AccessRequest { state, scopes, decided_at: Some(now), ..changed(request, now) },
        None => AccessRequest { scopes, ..changed(request, now) },
    })
}

/// `submitted → declined` with one reason for every scope: the policy takes no requests of this kind.
pub fn decline_by_policy(
    request: AccessRequest,
    reason: &str,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &[AccessRequestState::Submitted], "declined by policy", now)?;
    let declined = |scope: &RequestedScope| RequestedScope {
        decision: Some(ScopeDecision::Declined),
        reason: Some(reason.to_owned()),
        decided_at: Some(now),
        ..scope.clone()
    };
    let scopes = request.scopes.iter().map(declined).collect();
    let state = AccessRequestState::Declined;
    Ok(AccessRequest { state, scopes, decided_at: Some(now), ..changed(request, now) })
}
