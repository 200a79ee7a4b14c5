//! Client secrets: `active → retiring (grace) → revoked`, `→ expired`.
//!
//! Expiry and the end of a grace are decided when a secret is read, never by a clean-up job (CVE-2025-64708): ask
//! [`ClientSecret::usable_at`] and [`ClientSecret::state_at`], not the stored state.

use std::time::Duration;

use crate::id::{ApplicationId, ClientSecretId};
use crate::secret::SecretHash;
use crate::time::Timestamp;

/// Grace of a retiring secret when nothing else is said.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(24 * 3600);
/// Longest grace.
pub const MAX_GRACE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Most secrets of one application that are usable at the same time: enough to rotate, few enough to keep in sight.
pub const MAX_USABLE: usize = 10;
/// How many days before a secret ends by its date people are told, the most urgent first.
pub const DAYS_TOLD: [u32; 3] = [1, 7, 14];

crate::text_enum! {
    /// Where a secret stands.
    ClientSecretState, "client secret state" {
        /// Good until it expires.
        Active = "active",
        /// Good until its grace ends.
        Retiring = "retiring",
        /// Ended by somebody, or by the end of its grace.
        Revoked = "revoked",
        /// Ended by its own date.
        Expired = "expired",
    }
}

/// One secret of an application; its text is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// Its id, which is also the `gid` of tokens that it got.
    pub id: ClientSecretId,
    /// Whose it is.
    pub application_id: ApplicationId,
    /// So that people can tell their secrets apart.
    pub name: String,
    /// SHA-256 of the text.
    pub hash: SecretHash,
    /// The last four characters of the text.
    pub last_four: String,
    /// As stored; [`ClientSecret::state_at`] knows better.
    pub state: ClientSecretState,
    /// Who made it, in words of the audit log.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// End of the grace while retiring.
    pub retires_at: Option<Timestamp>,
    /// When it was revoked or found expired.
    pub ended_at: Option<Timestamp>,
    /// When it last got a token; up to a second or so behind.
    pub last_used_at: Option<Timestamp>,
}

/// What to do about the last active secret of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastSecret {
    /// Refuse to end it: the application would be locked out.
    Keep,
    /// End it all the same; whoever asks has said so.
    End,
}

/// Why a secret does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientSecretError {
    /// It is retiring.
    #[error("the secret is retiring already; revoke it to end it now")]
    AlreadyRetiring,
    /// It was revoked or its grace is over.
    #[error("the secret is revoked already")]
    AlreadyRevoked,
    /// It expired.
    #[error("the secret has expired already")]
    AlreadyExpired,
    /// It is the last active one.
    #[error(
        "this is the last active secret of the application: create another one first, or say with last_active that it may end"
    )]
    LastActive,
    /// The grace is out of bounds.
    #[error("the grace must be between 1 second and 7 days; to end a secret at once, revoke it")]
    Grace,
}

impl ClientSecretError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyRetiring => "secret_already_retiring",
            Self::AlreadyRevoked => "secret_already_revoked",
            Self::AlreadyExpired => "secret_already_expired",
            Self::LastActive => "last_active_secret",
            Self::Grace => "invalid_grace",
        }
    }
}

impl ClientSecret {
    /// Whether it authenticates its application at `now`.
    pub fn usable_at(&self, now: Timestamp) -> bool {
        matches!(self.state_at(now), ClientSecretState::Active | ClientSecretState::Retiring)
    }

    /// Where it stands at `now`, whatever the stored state has not caught up with.
    pub fn state_at(&self, now: Timestamp) -> ClientSecretState {
        self.end_at(now).map_or(self.state, |(state, _)| state)
    }

    /// When it ends or ended by its dates, the earlier of expiry and end of grace.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match (self.expires_at, self.retires_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The end that a date has brought and the stored state does not show yet.
    fn end_at(&self, now: Timestamp) -> Option<(ClientSecretState, Timestamp)> {
        let expired = self.expires_at.filter(|at| *at <= now).map(|at| (ClientSecretState::Expired, at));
        let retired = self.retires_at.filter(|at| *at <= now).map(|at| (ClientSecretState::Revoked, at));
        match self.state {
            ClientSecretState::Active => expired,
            // A row without an end of its grace cannot be trusted: over at once.
            ClientSecretState::Retiring if self.retires_at.is_none() => Some((ClientSecretState::Revoked, now)),
            ClientSecretState::Retiring => [expired, retired].into_iter().flatten().min_by_key(|(_, at)| *at),
            ClientSecretState::Revoked | ClientSecretState::Expired => None,
        }
    }
}

/// `active → retiring`: good for `grace` longer. `others` are the application's other secrets.
pub fn retire(
    secret: ClientSecret,
    others: &[ClientSecret],
    grace: Duration,
    last: LastSecret,
    now: Timestamp,
) -> Result<ClientSecret, ClientSecretError> {
    match secret.state_at(now) {
        ClientSecretState::Active => {}
        ClientSecretState::Retiring => return Err(ClientSecretError::AlreadyRetiring),
        ClientSecretState::Revoked => return Err(ClientSecretError::AlreadyRevoked),
        ClientSecretState::Expired => return Err(ClientSecretError::AlreadyExpired),
    }
    if grace < Duration::from_secs(1) || grace > MAX_GRACE {
        return Err(ClientSecretError::Grace);
    }
    keep_one(&secret, others, last, now)?;
    Ok(ClientSecret { state: ClientSecretState::Retiring, retires_at: Some(now.plus(grace)), ..secret })
}

/// `active | retiring → revoked`, at once. `others` are the application's other secrets.
pub fn revoke(
    secret: ClientSecret,
    others: &[ClientSecret],
    last: LastSecret,
    now: Timestamp,
) -> Result<ClientSecret, ClientSecretError> {
    match secret.state_at(now) {
        ClientSecretState::Active => keep_one(&secret, others, last, now)?,
        ClientSecretState::Retiring => {}
        ClientSecretState::Revoked => return Err(ClientSecretError::AlreadyRevoked),
        ClientSecretState::Expired => return Err(ClientSecretError::AlreadyExpired),
    }
    Ok(ClientSecret { state: ClientSecretState::Revoked, ended_at: Some(now), ..secret })
}

/// Writes down the end that a date has brought; `None` when there is nothing to write.
pub fn settle(secret: &ClientSecret, now: Timestamp) -> Option<ClientSecret> {
    let (state, at) = secret.end_at(now)?;
    Some(ClientSecret { state, ended_at: Some(at), ..secret.clone() })
}

fn keep_one(
    secret: &ClientSecret,
    others: &[ClientSecret],
    last: LastSecret,
    now: Timestamp,
) -> Result<(), ClientSecretError> {
    let another = others.iter().any(|other| other.id != secret.id && other.state_at(now) == ClientSecretState::Active);
    match last {
        LastSecret::Keep if !another => Err(ClientSecretError::LastActive),
        LastSecret::Keep | LastSecret::End => Ok(()),
    }
}

#[cfg(test)]
mod tests;
