//! A browser that is signed in: how long it stays so (OWASP ASVS 5.0 V7.3; `oauth.md`, lifetimes).
//!
//! The cookie holds a bearer value of 256 random bits, of which only the hash is stored. A new value is made at every
//! sign-in and whenever a user gains something, so that a value planted before is worth nothing (session fixation,
//! CVE-2026-7507).

use std::time::Duration;

use crate::id::{SessionId, UserId};
use crate::time::Timestamp;

const HOUR: u64 = 3_600;

/// A session that nobody uses ends after this.
pub const IDLE: Duration = Duration::from_secs(12 * HOUR);
/// Every session ends after this.
pub const ABSOLUTE: Duration = Duration::from_secs(7 * 24 * HOUR);
/// Its last use is written at most this often.
pub const SEEN_PRECISION: Duration = Duration::from_secs(60);
/// Longest part of a browser's own description that is kept, in bytes.
pub const LONGEST_USER_AGENT: usize = 256;

crate::text_enum! {
    /// How a user proved who they are (RFC 8176).
    AuthenticationMethod, "authentication method" {
        /// A password.
        Password = "pwd",
        /// A one-time link sent to the verified address.
        Link = "otl",
        /// A time-based one-time password.
        OneTimePassword = "otp",
        /// A passkey.
        Passkey = "hwk",
    }
}

/// How much a user has just proved in a session that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Proved {
    /// All that the session takes: it is as fresh as one that begins now.
    Everything,
    /// One thing more than it began with. Those that it began with stay as old as they are, and with them the time when
    /// the user signed in (`auth_time`, OpenID Connect Core §2).
    OneMore,
}

/// From where a user signs in, for the list of sessions. Personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Network address.
    pub address: Option<String>,
    /// What the browser calls itself, shortened.
    pub user_agent: Option<String>,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// For lists and the audit log; the cookie holds another value.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// When the browser signed in.
    pub created_at: Timestamp,
    /// When the user last proved who they are.
    pub authenticated_at: Timestamp,
    /// By what.
    pub amr: Vec<AuthenticationMethod>,
    /// Last use, to the minute.
    pub last_seen_at: Timestamp,
    /// The longest time without use between [`Self::authenticated_at`] and [`Self::last_seen_at`], to the minute: opening
    /// a page must not hide from a server with shorter lives that nobody was there.
    pub longest_idle: Duration,
    /// End whatever happens.
    pub expires_at: Timestamp,
    /// From where.
    pub device: Device,
    /// When it was signed out.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// A new session of a user who has just proved who they are.
    pub fn new(id: SessionId, user_id: UserId, amr: Vec<AuthenticationMethod>, device: Device, now: Timestamp) -> Self {
        Self {
            id,
            user_id,
            created_at: now,
            authenticated_at: now,
            amr,
            last_seen_at: now,
            longest_idle: Duration::ZERO,
            expires_at: now.plus(ABSOLUTE),
            device: device.shortened(),
            ended_at: None,
        }
    }

    /// Whether it counts: neither signed out, nor idle for too long, nor too old.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at && now < self.last_seen_at.plus(IDLE)
    }

    /// The longest time without use since the user last proved who they are, the present one included.
    pub fn idle(&self, now: Timestamp) -> Duration {
        self.longest_idle.max(now.since(self.last_seen_at))
    }

    /// Whether the last use is to be written.
    pub fn needs_touch(&self, now: Timestamp) -> bool {
        now >= self.last_seen_at.plus(SEEN_PRECISION)
    }
}

impl Device {
    fn shortened(self) -> Self {
        let user_agent = self.user_agent.map(|mut text| {
            let end = (0..=LONGEST_USER_AGENT.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or(0));
            text.retain(|letter| !letter.is_control());
            text
        });
        Self { user_agent, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn session(now: Timestamp) -> Session {
        let random = SeededRandom::new(1);
        let (id, user) = (SessionId::new(now, &random), UserId::new(now, &random));
        Session::new(id, user, vec![AuthenticationMethod::Password], Device::default(), now)
    }

    #[test]
    fn ends_when_idle_when_old_and_when_signed_out() {
        let now = Timestamp::from_secs(1_795_345_500);
        let fresh = session(now);
        assert!(fresh.is_live(now.plus_secs(12 * 3_600 - 1)));
        assert!(!fresh.is_live(now.plus_secs(12 * 3_600)));
        let used = Session { last_seen_at: now.plus_secs(7 * 86_400 - 10), ..fresh.clone() };
        assert!(used.is_live(now.plus_secs(7 * 86_400 - 1)));
        assert!(!used.is_live(now.plus_secs(7 * 86_400)));
        assert!(!Session { ended_at: Some(now), ..fresh.clone() }.is_live(now));
        assert!(!fresh.needs_touch(now.plus_secs(59)));
        assert!(fresh.needs_touch(now.plus_secs(60)));
    }

    #[test]
    fn long_descriptions_are_cut_at_a_letter() {
        let user_agent = Some("ä".repeat(200) + "\r\n");
        let device = Device { address: None, user_agent }.shortened();
        assert_eq!(device.user_agent.map(|text| text.len()), Some(256));
    }
}
