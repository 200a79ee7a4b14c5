//! States and numbers as the pages say them.

use gatehouse_core::portal::access_request::AccessRequestState;
use gatehouse_core::portal::api::Plan;
use gatehouse_core::portal::application::{ApplicationState, ApplicationType};
use gatehouse_core::portal::client_secret::ClientSecretState;
use gatehouse_core::portal::entitlement::EntitledScopeState;
use gatehouse_store::application_summaries::ApplicationSummary;

use crate::portal::requests;

/// Tone and word of a badge.
pub(in crate::portal) type Badge = (&'static str, &'static str);

pub(in crate::portal) fn application_type(application_type: ApplicationType) -> &'static str {
    match application_type {
        ApplicationType::Web => "Web",
        ApplicationType::Service => "Service",
        ApplicationType::Browser => "Browser",
        ApplicationType::Native => "Native",
    }
}

/// What there is to know of an application first: whether it can call an API, and if not, what is missing.
pub(in crate::portal) fn standing(summary: &ApplicationSummary) -> Badge {
    if summary.state == ApplicationState::Suspended {
        ("danger", "Suspended")
    } else if summary.secret_waits {
        ("warning", "Secret waits")
    } else if summary.apis.is_empty() {
        without_access(summary.newest_request)
    } else if has_no_secret(summary) {
        ("warning", "No secret")
    } else {
        ("good", "Active")
    }
}

/// Whether somebody of the organization has to do something; what reviewers look at is not theirs to do.
pub(super) fn needs_attention(summary: &ApplicationSummary) -> bool {
    matches!(standing(summary).0, "warning" | "danger")
}

/// A request that is open or was declined is the reason; what else a request led to has ended since.
fn without_access(newest: Option<AccessRequestState>) -> Badge {
    match newest {
        Some(state) if state.is_open() || state == AccessRequestState::Declined => requests::words::state(state),
        _ => ("plain", "No access"),
    }
}

/// Whether it needs a secret and has none.
fn has_no_secret(summary: &ApplicationSummary) -> bool {
    summary.application_type.is_confidential() && summary.secret_created_at.is_none()
}

/// Whether a scope was granted and has not ended; a suspended one can be resumed.
pub(super) fn stands(state: EntitledScopeState) -> bool {
    matches!(state, EntitledScopeState::Active | EntitledScopeState::Suspended)
}

pub(super) fn secret_state(state: ClientSecretState) -> Badge {
    match state {
        ClientSecretState::Active => ("good", "Active"),
        ClientSecretState::Retiring => ("warning", "Retiring"),
        ClientSecretState::Revoked => ("plain", "Revoked"),
        ClientSecretState::Expired => ("plain", "Expired"),
    }
}

pub(super) fn scope_state(state: EntitledScopeState) -> Badge {
    match state {
        EntitledScopeState::Active => ("good", "Active"),
        EntitledScopeState::Suspended => ("warning", "Suspended"),
        EntitledScopeState::Revoked => ("plain", "Given up or revoked"),
        EntitledScopeState::Expired => ("plain", "Expired"),
    }
}

/// `10 calls per minute`
pub(super) fn quota(limit: i64, plan: Plan) -> String {
    let window = match plan.window {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("{} {} per {window}", number(limit), if limit == 1 { "call" } else { "calls" })
}

/// `1,234,567`
pub(super) fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_of_three() {
        for (value, words) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")] {
            assert_eq!(number(value), words);
        }
    }

    #[test]
    fn quotas_in_words() {
        assert_eq!(quota(1_000, Plan { limit: 10, window: 60 }), "1,000 calls per minute");
        assert_eq!(quota(1, Plan { limit: 10, window: 90 }), "1 call per 90 seconds");
    }
}
