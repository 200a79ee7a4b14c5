//! One authorization: a customer let an application have some scopes, and everything that comes of it — codes, refresh
//! tokens, access tokens — carries its id (`gid`) and ends with it.

use super::authorization_server::{Lifetimes, ServerId};
use crate::id::{ApplicationId, GrantId, SessionId, UserId};
use crate::identity::session::AuthenticationMethod;
use crate::oauth::scope::OFFLINE_ACCESS;
use crate::time::Timestamp;

/// An authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `gid`.
    pub id: GrantId,
    /// Nothing of it counts at another server.
    pub server_id: ServerId,
    /// The client.
    pub application_id: ApplicationId,
    /// The customer.
    pub user_id: UserId,
    /// The browser's session; `None` for devices.
    pub session_id: Option<SessionId>,
    /// What was allowed, in the order asked for.
    pub scopes: Vec<String>,
    /// The `resource` parameters (RFC 8707).
    pub resources: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The `claims` parameter, as it was checked.
    pub claims: Option<String>,
    /// When and how the customer proved who they are.
    pub authentication: Authentication,
    /// When it was given.
    pub created_at: Timestamp,
    /// When something last came of it.
    pub last_used_at: Timestamp,
    /// Nothing comes of it from then on.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub ended_at: Option<Timestamp>,
}

/// When and how a person proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// `auth_time`.
    pub at: Timestamp,
    /// `amr` (RFC 8176).
    pub amr: Vec<AuthenticationMethod>,
}

impl Grant {
    /// Whether it lasts longer than the browser's session.
    pub fn is_offline(&self) -> bool {
        self.has(OFFLINE_ACCESS)
    }

    /// Whether a scope was allowed.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|name| name == scope)
    }

    /// Whether something may come of it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// When a new authorization ends at the latest: with its refresh tokens, or with the last access token of its code.
pub fn expires_at(lifetimes: &Lifetimes, scopes: &[String], now: Timestamp) -> Timestamp {
    if scopes.iter().any(|name| name == OFFLINE_ACCESS) {
        now.plus_secs(lifetimes.refresh_token_absolute)
    } else {
        now.plus_secs(lifetimes.code + lifetimes.access_token.max(lifetimes.id_token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lasts_as_long_as_what_comes_of_it() {
        let now = Timestamp::from_secs(1_000);
        let lifetimes = Lifetimes::default();
        let online = expires_at(&lifetimes, &["openid".into()], now);
        assert_eq!(online, now.plus_secs(lifetimes.code + lifetimes.access_token));
        let offline = expires_at(&lifetimes, &["openid".into(), "offline_access".into()], now);
        assert_eq!(offline, now.plus_secs(lifetimes.refresh_token_absolute));
    }
}
