//! The decision, scope by scope. A request may be decided in several steps; it ends with the last open scope.

use super::{
    AccessRequest, AccessRequestError, AccessRequestState, FirstApproval, RequestedScope, Reviewer, ScopeDecision,
    Sensitivity, changed, ensure_foreign, expect,
};
use crate::id::{ScopeId, UserId};
use crate::time::Timestamp;

/// What a reviewer says about one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Grant it.
    Approve,
    /// Refuse it; the developer reads why.
    Decline {
        /// For the developer.
        reason: String,
    },
}

/// A verdict with its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeVerdict {
    /// Which scope.
    pub scope_id: ScopeId,
    /// What about it.
    pub verdict: Verdict,
}

/// `in_review | needs_information → approved | partly_approved | declined` once every scope is decided; until then the
/// request stays where it is. The first approval of a restricted scope is kept, the second, by somebody else, decides.
pub fn decide(
    request: AccessRequest,
    verdicts: &[ScopeVerdict],
    reviewer: Reviewer<'_>,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    let open = [AccessRequestState::InReview, AccessRequestState::NeedsInformation];
    expect(&request, &open, "decided", now)?;
    ensure_foreign(&request, reviewer)?;
    if verdicts.is_empty() {
        return Err(AccessRequestError::NoVerdict);
    }
    ensure_requested(&request, verdicts)?;
    let scopes = request
        .scopes
        .iter()
        .map(|scope| match verdicts.iter().find(|verdict| verdict.scope_id == scope.scope_id) {
            Some(verdict) => decide_scope(scope.clone(), &verdict.verdict, reviewer.user_id, now),
            None => Ok(scope.clone()),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(match outcome(&scopes) {
        Some(state) => AccessRequest { state, scopes, asked_at: None, decided_at: Some(now), ..changed(request, now) },
        None => AccessRequest { scopes, ..changed(request, now) },
    })
}

fn ensure_requested(request: &AccessRequest, verdicts: &[ScopeVerdict]) -> Result<(), AccessRequestError> {
    let known = |id: ScopeId| request.scopes.iter().any(|scope| scope.scope_id == id);
    let once = |id: ScopeId| verdicts.iter().filter(|verdict| verdict.scope_id == id).count() == 1;
    if verdicts.len() <= request.scopes.len()
        && verdicts.iter().all(|verdict| known(verdict.scope_id) && once(verdict.scope_id))
    {
        Ok(())
    } else {
        Err(AccessRequestError::UnknownScope)
    }
}

fn decide_scope(
    scope: RequestedScope,
    verdict: &Verdict,
    by: UserId,
    now: Timestamp,
) -> Result<RequestedScope, AccessRequestError> {
    if scope.decision.is_some() {
        return Err(AccessRequestError::ScopeDecided(scope.scope));
    }
    let decided = |decision, reason, scope| RequestedScope {
        decision: Some(decision),
        reason,
        decided_by: Some(by),
        decided_at: Some(now),
        ..scope
    };
    match (verdict, scope.sensitivity, scope.first_approval) {
        (Verdict::Decline { reason }, _, _) if reason.trim().is_empty() => {
            Err(AccessRequestError::ReasonMissing(scope.scope))
        }
        (Verdict::Decline { reason }, _, _) => Ok(decided(ScopeDecision::Declined, Some(reason.clone()), scope)),
        (Verdict::Approve, Sensitivity::Restricted, None) => {
            Ok(RequestedScope { first_approval: Some(FirstApproval { by, at: now }), ..scope })
        }
        (Verdict::Approve, Sensitivity::Restricted, Some(first)) if first.by == by => {
            Err(AccessRequestError::SecondApprover(scope.scope))
        }
        (Verdict::Approve, _, _) => Ok(decided(ScopeDecision::Approved, None, scope)),
    }
}

/// The state that the decisions add up to; `None` while a scope is open.
pub(super) fn outcome(scopes: &[RequestedScope]) -> Option<AccessRequestState> {
    let decisions = scopes.iter().map(|scope| scope.decision).collect::<Option<Vec<_>>>()?;
    let approved = decisions.iter().filter(|decision| **decision == ScopeDecision::Approved).count();
    Some(match approved {
        0 => AccessRequestState::Declined,
        n if n == decisions.len() => AccessRequestState::Approved,
        _ => AccessRequestState::PartlyApproved,
    })
}
