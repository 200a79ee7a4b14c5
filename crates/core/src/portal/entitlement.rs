//! Entitlements: what an approved request leaves behind, one per application and API, with a state per scope:
//! `active ⇄ suspended`, `→ revoked`, `→ expired`. Tokens carry only scopes that are effective when they are issued.

use crate::id::{AccessRequestId, ApiId, ApplicationId, EntitlementId, ScopeId};
use crate::time::Timestamp;

crate::text_enum! {
    /// Where one scope of an entitlement stands.
    EntitledScopeState, "entitled scope state" {
        /// Tokens may carry it, until it expires.
        Active = "active",
        /// Not until it is resumed.
        Suspended = "suspended",
        /// Ended by somebody.
        Revoked = "revoked",
        /// Ended by its date.
        Expired = "expired",
    }
}

/// One scope of an entitlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitledScope {
    /// The scope.
    pub scope_id: ScopeId,
    /// Its name, as tokens carry it.
    pub scope: String,
    /// As stored; [`EntitledScope::state_at`] knows better.
    pub state: EntitledScopeState,
    /// Since when.
    pub granted_at: Timestamp,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked or found expired.
    pub ended_at: Option<Timestamp>,
}

/// The standing right of an application to scopes of one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// Who may.
    pub application_id: ApplicationId,
    /// What for.
    pub api_id: ApiId,
    /// The request that led to it; `None` when an operator granted it.
    pub request_id: Option<AccessRequestId>,
    /// Calls per window of the API's plan, instead of the plan's own number.
    pub quota_limit: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows with every change; a change of an older version is refused.
    pub version: i64,
    /// Scope by scope, those that have ended among them.
    pub scopes: Vec<EntitledScope>,
}

/// Why a scope does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntitlementError {
    /// Granting what is granted.
    #[error("the scope {0} is granted already")]
    AlreadyGranted(String),
    /// Granting or suspending what is suspended.
    #[error("the scope {0} is suspended; resume it")]
    Suspended(String),
    /// Resuming what is active.
    #[error("the scope {0} is active already")]
    AlreadyActive(String),
    /// Revoked or expired scopes never change.
    #[error("the entitlement to {0} has ended; grant it anew")]
    Ended(String),
    /// The end is not in the future.
    #[error("the end of the entitlement must be in the future")]
    ExpiresInPast,
}

impl EntitlementError {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyGranted(_) => "scope_already_granted",
            Self::Suspended(_) => "scope_suspended",
            Self::AlreadyActive(_) => "scope_already_active",
            Self::Ended(_) => "scope_ended",
            Self::ExpiresInPast => "expires_in_past",
        }
    }
}

impl Entitlement {
    /// Names of the scopes that tokens may carry at `now`.
    pub fn effective_scopes(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        self.scopes.iter().filter(move |scope| scope.effective_at(now)).map(|scope| scope.scope.as_str())
    }

    /// One scope by name.
    pub fn scope(&self, name: &str) -> Option<&EntitledScope> {
        self.scopes.iter().find(|scope| scope.scope == name)
    }
}

impl EntitledScope {
    /// Whether tokens may carry it at `now`. Decided on read: active and not past its end.
    pub fn effective_at(&self, now: Timestamp) -> bool {
        self.state_at(now) == EntitledScopeState::Active
    }

    /// Where it stands at `now`, whatever the stored state has not caught up with.
    pub fn state_at(&self, now: Timestamp) -> EntitledScopeState {
        match self.state {
            EntitledScopeState::Active | EntitledScopeState::Suspended => {
                if self.expires_at.is_some_and(|at| at <= now) { EntitledScopeState::Expired } else { self.state }
            }
            EntitledScopeState::Revoked | EntitledScopeState::Expired => self.state,
        }
    }
}

/// Which scope is granted, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The scope.
    pub scope_id: ScopeId,
    /// Its name.
    pub scope: String,
    /// Until when; `None` for good.
    pub expires_at: Option<Timestamp>,
}

/// A new grant. `earlier` is what the entitlement holds of this scope: when that has ended, the new grant takes its
/// row (the audit log keeps both), otherwise there is nothing to grant.
pub fn grant(earlier: Option<&EntitledScope>, grant: Grant, now: Timestamp) -> Result<EntitledScope, EntitlementError> {
    match earlier.map(|scope| scope.state_at(now)) {
        Some(EntitledScopeState::Active) => return Err(EntitlementError::AlreadyGranted(grant.scope)),
        Some(EntitledScopeState::Suspended) => return Err(EntitlementError::Suspended(grant.scope)),
        Some(EntitledScopeState::Revoked | EntitledScopeState::Expired) | None => {}
    }
    if grant.expires_at.is_some_and(|at| at <= now) {
        return Err(EntitlementError::ExpiresInPast);
    }
    Ok(EntitledScope {
        scope_id: grant.scope_id,
        scope: grant.scope,
        state: EntitledScopeState::Active,
        granted_at: now,
        expires_at: grant.expires_at,
        ended_at: None,
    })
}

/// `active → suspended`.
pub fn suspend(scope: EntitledScope, now: Timestamp) -> Result<EntitledScope, EntitlementError> {
    match scope.state_at(now) {
        EntitledScopeState::Active => Ok(EntitledScope { state: EntitledScopeState::Suspended, ..scope }),
        EntitledScopeState::Suspended => Err(EntitlementError::Suspended(scope.scope)),
        EntitledScopeState::Revoked | EntitledScopeState::Expired => Err(EntitlementError::Ended(scope.scope)),
    }
}

/// `suspended → active`.
pub fn resume(scope: EntitledScope, now: Timestamp) -> Result<EntitledScope, EntitlementError> {
    match scope.state_at(now) {
        EntitledScopeState::Suspended => Ok(EntitledScope { state: EntitledScopeState::Active, ..scope }),
        EntitledScopeState::Active => Err(EntitlementError::AlreadyActive(scope.scope)),
        EntitledScopeState::Revoked | EntitledScopeState::Expired => Err(EntitlementError::Ended(scope.scope)),
    }
}

/// `active | suspended → revoked`.
pub fn revoke(scope: EntitledScope, now: Timestamp) -> Result<EntitledScope, EntitlementError> {
    match scope.state_at(now) {
        EntitledScopeState::Active | EntitledScopeState::Suspended => {
            Ok(EntitledScope { state: EntitledScopeState::Revoked, ended_at: Some(now), ..scope })
        }
        EntitledScopeState::Revoked | EntitledScopeState::Expired => Err(EntitlementError::Ended(scope.scope)),
    }
}

/// Writes down the end that its date has brought; `None` when there is nothing to write.
pub fn settle(scope: &EntitledScope, now: Timestamp) -> Option<EntitledScope> {
    let state = scope.state_at(now);
    (state != scope.state).then(|| EntitledScope { state, ended_at: scope.expires_at, ..scope.clone() })
}

#[cfg(test)]
mod tests;
