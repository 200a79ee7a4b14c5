//! States and the like as developers read them: a tone and words.

use gatehouse_core::portal::access_request::{AccessRequestState, ScopeDecision};
use gatehouse_core::portal::scope::Sensitivity;

/// Where a request stands.
pub(in crate::portal) const fn state(state: AccessRequestState) -> (&'static str, &'static str) {
    match state {
        AccessRequestState::Draft => ("plain", "Draft"),
        AccessRequestState::Submitted => ("info", "Waiting for review"),
        AccessRequestState::InReview => ("info", "In review"),
        AccessRequestState::NeedsInformation => ("warning", "Waiting for your answer"),
        AccessRequestState::Approved => ("good", "Approved"),
        AccessRequestState::PartlyApproved => ("good", "Partly approved"),
        AccessRequestState::Declined => ("danger", "Declined"),
        AccessRequestState::Withdrawn => ("plain", "Withdrawn"),
        AccessRequestState::Expired => ("plain", "Expired"),
    }
}

/// How much harm a scope can do; empty for little.
pub(in crate::portal) const fn sensitivity(of: Sensitivity) -> &'static str {
    match of {
        Sensitivity::Normal => "",
        Sensitivity::Sensitive => "Sensitive",
        Sensitivity::Restricted => "Restricted",
    }
}

/// What became of one scope; of a request that ended without a decision, nothing will.
pub(super) const fn decision(decision: Option<ScopeDecision>, of: AccessRequestState) -> (&'static str, &'static str) {
    match (decision, of.is_open()) {
        (Some(ScopeDecision::Approved), _) => ("good", "Approved"),
        (Some(ScopeDecision::Declined), _) => ("danger", "Declined"),
        (None, true) => ("info", "Not decided yet"),
        (None, false) => ("plain", "Not decided"),
    }
}
