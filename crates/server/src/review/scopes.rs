//! The scopes of a request as its page shows them: what is asked for, what the application has, what is decided.

use std::collections::BTreeMap;

use gatehouse_core::id::{ScopeId, UserId};
use gatehouse_core::portal::access_request::{AccessRequest, RequestedScope, ScopeDecision, Sensitivity};
use gatehouse_core::time::Timestamp;

use super::words::{self, Badge};
use crate::actions::access_requests::Dossier;
use crate::portal::moment::Moment;

/// What was chosen and typed for each scope of a form that comes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    /// `approved`, `declined` or nothing.
    pub(super) verdicts: BTreeMap<ScopeId, String>,
    /// Why.
    pub(super) reasons: BTreeMap<ScopeId, String>,
}

/// One scope that is asked for.
pub(super) struct ScopeRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) sentence: String,
    pub(super) sensitivity: Option<Badge>,
    pub(super) is_restricted: bool,
    /// The application has it already.
    pub(super) is_held: bool,
    pub(super) decided: Option<Decided>,
    pub(super) first: Option<First>,
    pub(super) verdict: String,
    pub(super) reason: String,
}

/// What became of a scope.
pub(super) struct Decided {
    pub(super) badge: Badge,
    pub(super) by: String,
    pub(super) at: Option<Moment>,
    pub(super) reason: String,
}

/// The first approval of a restricted scope.
pub(super) struct First {
    pub(super) by: String,
    pub(super) at: Moment,
    /// By the person who looks: somebody else must approve too.
    pub(super) is_mine: bool,
}

/// Scopes that the person may still approve.
pub(super) fn approvable(request: &AccessRequest, reader: UserId) -> impl Iterator<Item = &RequestedScope> {
    let waits_for_another = move |scope: &RequestedScope| {
        scope.sensitivity == Sensitivity::Restricted && scope.first_approval.is_some_and(|first| first.by == reader)
    };
    request.scopes.iter().filter(move |scope| scope.decision.is_none() && !waits_for_another(scope))
}

/// Each scope that is asked for.
pub(super) fn rows(
    dossier: &Dossier,
    reader: UserId,
    typed: &Typed,
    (now, moment): (Timestamp, &dyn Fn(Timestamp) -> Moment),
) -> Vec<ScopeRow> {
    // What this request itself has led to was not there when it was asked for.
    let asked_at = dossier.request.submitted_at.unwrap_or(dossier.request.created_at);
    let row = |scope: &RequestedScope| {
        let known = dossier.scopes.iter().find(|known| known.id == scope.scope_id);
        let held = dossier.held.as_ref().and_then(|held| held.scope(&scope.scope));
        ScopeRow {
            id: scope.scope_id.to_string(),
            name: scope.scope.clone(),
            title: known.map_or_else(|| scope.scope.clone(), |known| known.title.clone()),
            sentence: known.map(|known| known.sentence.clone()).unwrap_or_default(),
            sensitivity: words::sensitivity(scope.sensitivity),
            is_restricted: scope.sensitivity == Sensitivity::Restricted,
            is_held: held.is_some_and(|held| held.effective_at(now) && held.granted_at < asked_at),
            decided: scope.decision.map(|decision| decided(dossier, scope, decision, moment)),
            first: scope.first_approval.map(|first| First {
                by: name(dossier, first.by),
                at: moment(first.at),
                is_mine: first.by == reader,
            }),
            verdict: typed.verdicts.get(&scope.scope_id).cloned().unwrap_or_default(),
            reason: typed.reasons.get(&scope.scope_id).cloned().unwrap_or_default(),
        }
    };
    dossier.request.scopes.iter().map(row).collect()
}

/// Scopes that the application has and does not ask for: they stay.
pub(super) fn kept(dossier: &Dossier, now: Timestamp) -> Vec<String> {
    let asked = |name: &str| dossier.request.scopes.iter().any(|scope| scope.scope == name);
    let held = dossier.held.iter().flat_map(|held| held.effective_scopes(now));
    held.filter(|name| !asked(name)).map(str::to_owned).collect()
}

/// A person's name.
pub(super) fn name(dossier: &Dossier, id: UserId) -> String {
    dossier.names.get(&id).cloned().unwrap_or_else(|| "Deleted user".to_owned())
}

fn decided(
    dossier: &Dossier,
    scope: &RequestedScope,
    decision: ScopeDecision,
    moment: &dyn Fn(Timestamp) -> Moment,
) -> Decided {
    let badge = match decision {
        ScopeDecision::Approved => Badge { tone: "good", words: "Approved" },
        ScopeDecision::Declined => Badge { tone: "danger", words: "Declined" },
    };
    Decided {
        badge,
        by: match (scope.first_approval.filter(|_| decision == ScopeDecision::Approved), scope.decided_by) {
            (Some(first), Some(second)) => format!("{} and {}", name(dossier, first.by), name(dossier, second)),
            (_, Some(id)) => name(dossier, id),
            (_, None) => "the API's policy".to_owned(),
        },
        at: scope.decided_at.map(moment),
        reason: scope.reason.clone().unwrap_or_default(),
    }
}
