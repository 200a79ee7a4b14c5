//! Device codes (RFC 8628): a device without a browser asks, and asks again until its person has answered elsewhere.

use super::authorization_server::{Lifetimes, ServerId};
use super::error::{ErrorCode, OAuthError};
use super::grant;
use crate::id::{ApplicationId, GrantId};
use crate::time::Timestamp;

/// Seconds between two requests of a device at first (§3.2).
pub const INTERVAL: i64 = 5;

/// Seconds by which [`ErrorCode::SlowDown`] makes the interval longer (§3.5).
const SLOWER: i64 = 5;

/// The interval grows no further: a device that obeys waits longer still, and one that does not gets its answer.
const LONGEST_INTERVAL: i64 = 60;

/// A request may come this many seconds early: networks do not deliver in step.
const EARLY: i64 = 1;

crate::text_enum! {
    /// What the person has said.
    Decision, "state of a device code" {
        /// Nothing yet.
        Pending = "pending",
        /// The device may.
        Allowed = "allowed",
        /// It may not.
        Denied = "denied",
    }
}

/// A device code as stored; its value and the user code are known as hashes alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Nothing to another server.
    pub server_id: ServerId,
    /// Nothing to another client.
    pub application_id: ApplicationId,
    /// What is asked for, in order.
    pub scopes: Vec<String>,
    /// The `resource` parameters (RFC 8707).
    pub resources: Vec<String>,
    /// What the person has said.
    pub decision: Decision,
    /// What came of it; with [`Decision::Allowed`] only.
    pub grant_id: Option<GrantId>,
    /// Seconds between two requests of the device.
    pub interval: i64,
    /// When the device last asked and had to wait.
    pub polled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Not good from then on.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub used_at: Option<Timestamp>,
}

/// What a device gets that asks (§3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Tokens of this grant.
    Redeem(GrantId),
    /// Nothing, and what the first request got is taken back.
    Reused(Option<GrantId>),
    /// To wait, from now on for this many seconds each time.
    Wait {
        /// New interval.
        interval: i64,
        /// `authorization_pending` or `slow_down`.
        error: OAuthError,
    },
    /// No.
    Refused(OAuthError),
}

impl DeviceCode {
    /// Whether a person can still answer it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.decision == Decision::Pending && self.used_at.is_none() && now < self.expires_at
    }

    /// Decides on a request of the device.
    pub fn poll(&self, now: Timestamp) -> Polled {
        if self.used_at.is_some() {
            return Polled::Reused(self.grant_id);
        }
        if now >= self.expires_at {
            let text = "the device code has expired: begin again";
            return Polled::Refused(OAuthError::new(ErrorCode::ExpiredToken, text));
        }
        match (self.decision, self.grant_id) {
            (Decision::Allowed, Some(grant_id)) => Polled::Redeem(grant_id),
            (Decision::Pending, _) => self.wait(now),
            (Decision::Denied, _) | (Decision::Allowed, None) => {
                Polled::Refused(OAuthError::new(ErrorCode::AccessDenied, "the person did not allow it"))
            }
        }
    }

    fn wait(&self, now: Timestamp) -> Polled {
        let is_early = self.polled_at.is_some_and(|at| now < at.plus_secs(self.interval - EARLY));
        if is_early {
            let error = OAuthError::new(
                ErrorCode::SlowDown,
                "the device asks too often: wait five seconds longer between requests",
            );
            return Polled::Wait { interval: (self.interval + SLOWER).min(LONGEST_INTERVAL), error };
        }
        let error = OAuthError::new(
            ErrorCode::AuthorizationPending,
            "the person has not answered yet: ask again after the interval",
        );
        Polled::Wait { interval: self.interval, error }
    }
}

/// When an authorization that a person gives now ends at the latest: the device may fetch what comes of it as long as its
/// code lives.
pub fn grant_expires_at(lifetimes: &Lifetimes, scopes: &[String], now: Timestamp) -> Timestamp {
    grant::expires_at(&Lifetimes { code: lifetimes.device_code, ..*lifetimes }, scopes, now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn code() -> DeviceCode {
        DeviceCode {
            server_id: "default".parse().expect("an id"),
            application_id: ApplicationId::new(NOW, &SeededRandom::new(1)),
            scopes: vec!["openid".into()],
            resources: Vec::new(),
            decision: Decision::Pending,
            grant_id: None,
            interval: INTERVAL,
            polled_at: None,
            created_at: NOW,
            expires_at: NOW.plus_secs(600),
            used_at: None,
        }
    }

    fn outcome(code: &DeviceCode, now: Timestamp) -> (&'static str, i64) {
        match code.poll(now) {
            Polled::Redeem(_) => ("redeem", 0),
            Polled::Reused(_) => ("reused", 0),
            Polled::Wait { interval, error } => (error.code.as_str(), interval),
            Polled::Refused(error) => (error.code.as_str(), 0),
        }
    }

    #[test]
    fn who_asks_too_often_waits_longer_and_keeps_waiting_longer() {
        let mut code = code();
        assert_eq!(outcome(&code, NOW), ("authorization_pending", 5), "the first one may come at once");
        for (after, expected) in [
            (4, ("authorization_pending", 5)),
            (3, ("slow_down", 10)),
            (8, ("slow_down", 15)),
            (15, ("authorization_pending", 15)),
            (13, ("slow_down", 20)),
        ] {
            let last = code.polled_at.unwrap_or(NOW);
            code.polled_at = Some(last);
            let now = last.plus_secs(after);
            assert_eq!(outcome(&code, now), expected, "{after}");
            (code.polled_at, code.interval) = (Some(now), expected.1);
        }
        let long = DeviceCode { interval: LONGEST_INTERVAL, polled_at: Some(NOW), ..code };
        assert_eq!(outcome(&long, NOW), ("slow_down", LONGEST_INTERVAL));
    }

    #[test]
    fn answers_once_and_in_time() {
        let grant_id = Some(GrantId::new(NOW, &SeededRandom::new(2)));
        let allowed = DeviceCode { decision: Decision::Allowed, grant_id, polled_at: Some(NOW), ..code() };
        assert_eq!(outcome(&allowed, NOW), ("redeem", 0), "nobody waits for what is there");
        assert_eq!(outcome(&allowed, allowed.expires_at), ("expired_token", 0));
        let used = DeviceCode { used_at: Some(NOW), ..allowed.clone() };
        assert_eq!(used.poll(used.expires_at), Polled::Reused(grant_id), "also when it has expired");
        let denied = DeviceCode { decision: Decision::Denied, ..code() };
        assert_eq!(outcome(&denied, NOW), ("access_denied", 0));
        assert_eq!(outcome(&code(), code().expires_at), ("expired_token", 0));
        assert!(code().is_open(NOW) && !code().is_open(code().expires_at));
        assert!(!allowed.is_open(NOW) && !denied.is_open(NOW));
    }

    #[test]
    fn what_was_allowed_outlives_the_code() {
        let lifetimes = Lifetimes::default();
        let online = grant_expires_at(&lifetimes, &["openid".into()], NOW);
        assert_eq!(online, NOW.plus_secs(lifetimes.device_code + lifetimes.access_token));
        let offline = grant_expires_at(&lifetimes, &["offline_access".into()], NOW);
        assert_eq!(offline, NOW.plus_secs(lifetimes.refresh_token_absolute));
    }

    proptest! {
        /// Whatever a device does, only a code that was allowed, is unused and lives gives anything.
        #[test]
        fn nothing_comes_of_what_nobody_allowed(
            decision in 0_usize..3, used: bool, after in -10_i64..700, interval in 5_i64..61, polled in prop::option::of(0_i64..700),
        ) {
            let decision = [Decision::Pending, Decision::Allowed, Decision::Denied][decision];
            let grant_id = (decision == Decision::Allowed).then(|| GrantId::new(NOW, &SeededRandom::new(2)));
            let code = DeviceCode {
                decision, grant_id, interval,
                used_at: used.then_some(NOW),
                polled_at: polled.map(|after| NOW.plus_secs(after)),
                ..code()
            };
            let now = NOW.plus_secs(after);
            let redeems = matches!(code.poll(now), Polled::Redeem(_));
            prop_assert_eq!(redeems, decision == Decision::Allowed && !used && after < 600);
            if let Polled::Wait { interval: next, .. } = code.poll(now) {
                prop_assert!(code.is_open(now) && (interval..=LONGEST_INTERVAL).contains(&next));
            }
        }
    }
}
