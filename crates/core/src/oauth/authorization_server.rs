//! An authorization server: an issuer with its own id, audience, keys and lifetimes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field::FieldError;
use crate::identity::name;
use crate::jose::Algorithm;
use crate::oauth::admission::OpenTo;
use crate::time::Timestamp;

/// Longest audience in bytes.
pub const LONGEST_AUDIENCE: usize = 512;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An authorization server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationServer {
    /// Part of the issuer, so it never changes.
    pub id: ServerId,
    /// For operators.
    pub name: String,
    /// `aud` of tokens whose scopes belong to no API.
    pub audience: String,
    /// What access tokens are signed with.
    pub access_token_signing_alg: Algorithm,
    /// Who may use it.
    pub open_to: OpenTo,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// Seconds after which the active key gives way to the next.
    pub key_rotation_interval: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

/// Lifetimes in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Access token: 60 s to 24 h.
    pub access_token: i64,
    /// ID token: 60 s to 24 h.
    pub id_token: i64,
    /// Authorization code: 10 s to 10 min.
    pub code: i64,
    /// Refresh token without use: 1 h to 1 year.
    pub refresh_token_idle: i64,
    /// Refresh family altogether: 1 h to 10 years, not less than idle.
    pub refresh_token_absolute: i64,
    /// How long a rotated refresh token still gives the same successor: 0 to 5 min.
    pub refresh_token_leeway: i64,
    /// Pushed authorization request (RFC 9126): 60 to 600 s.
    pub pushed_authorization_request: i64,
    /// Device code and user code (RFC 8628): 1 min to 30 min.
    pub device_code: i64,
    /// Browser session without use: 5 min to 12 h, which is what every session has.
    pub session_idle: i64,
    /// Browser session altogether: 5 min to 7 days, which is what every session has; not less than idle.
    pub session_absolute: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: HOUR,
            id_token: HOUR,
            code: MINUTE,
            refresh_token_idle: 30 * DAY,
            refresh_token_absolute: 365 * DAY,
            refresh_token_leeway: 30,
            pushed_authorization_request: 90,
            device_code: 10 * MINUTE,
            session_idle: 12 * HOUR,
            session_absolute: 7 * DAY,
        }
    }
}

impl Lifetimes {
    /// Whether somebody who has proved who they are at `authenticated_at`, and was away for as long as `idle` since, has
    /// to do so again.
    pub fn session_is_over(&self, authenticated_at: Timestamp, idle: Duration, now: Timestamp) -> bool {
        now >= authenticated_at.plus_secs(self.session_absolute) || idle.as_secs() >= self.session_idle.unsigned_abs()
    }
}

/// Seconds after which keys are changed when nothing else is set: 90 days.
pub const DEFAULT_KEY_ROTATION_INTERVAL: i64 = 90 * DAY;

/// Everything that is wrong with a server; empty when it can be saved.
pub fn check(server: &AuthorizationServer) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Err(error) = name::parse(&server.name) {
        errors.push(FieldError::new("name", error.code(), error.to_string()));
    }
    if let Err(error) = check_audience(&server.audience) {
        errors.push(error);
    }
    let lifetimes = &server.lifetimes;
    let bounds = [
        ("lifetimes.access_token", lifetimes.access_token, MINUTE, DAY),
        ("lifetimes.id_token", lifetimes.id_token, MINUTE, DAY),
        ("lifetimes.code", lifetimes.code, 10, 10 * MINUTE),
        ("lifetimes.refresh_token_idle", lifetimes.refresh_token_idle, HOUR, 365 * DAY),
        ("lifetimes.refresh_token_absolute", lifetimes.refresh_token_absolute, HOUR, 3650 * DAY),
        ("lifetimes.refresh_token_leeway", lifetimes.refresh_token_leeway, 0, 5 * MINUTE),
        ("lifetimes.pushed_authorization_request", lifetimes.pushed_authorization_request, MINUTE, 10 * MINUTE),
        ("lifetimes.device_code", lifetimes.device_code, MINUTE, 30 * MINUTE),
        ("lifetimes.session_idle", lifetimes.session_idle, 5 * MINUTE, 12 * HOUR),
        ("lifetimes.session_absolute", lifetimes.session_absolute, 5 * MINUTE, 7 * DAY),
        ("key_rotation_interval", server.key_rotation_interval, DAY, 730 * DAY),
    ];
    for (field, value, least, most) in bounds {
        if !(least..=most).contains(&value) {
            errors.push(FieldError::new(field, "out_of_range", format!("use {least} to {most} seconds, not {value}")));
        }
    }
    let pairs = [
        ("lifetimes.refresh_token_absolute", lifetimes.refresh_token_absolute, lifetimes.refresh_token_idle),
        ("lifetimes.session_absolute", lifetimes.session_absolute, lifetimes.session_idle),
    ];
    for (field, absolute, idle) in pairs {
        if absolute < idle {
            let message = "the absolute lifetime is not shorter than the idle one";
            errors.push(FieldError::new(field, "out_of_range", message));
        }
    }
    errors
}

/// An audience goes into `aud` and is compared byte for byte: visible ASCII, 1–512 characters, usually an address.
pub fn check_audience(text: &str) -> Result<(), FieldError> {
    if text.is_empty() {
        return Err(FieldError::new("audience", "required", "enter an audience, such as https://api.example.com"));
    }
    if text.len() > LONGEST_AUDIENCE {
        return Err(FieldError::new("audience", "too_long", format!("use at most {LONGEST_AUDIENCE} characters")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'<' | b'>')) {
        let message = "use visible ASCII characters without blanks, quotes, backslashes and angle brackets";
        return Err(FieldError::new("audience", "invalid_character", message));
    }
    Ok(())
}

/// Id of a server: `[a-z0-9][a-z0-9-]{0,62}`, the segment in `/oauth2/{server}/…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(String);

/// A text that is no server id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server id has 1 to 63 characters of a-z, 0-9 and -, and does not begin with -")]
pub struct ParseServerIdError;

impl ServerId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is `[a-z0-9][a-z0-9-]{0,62}`: the form of server ids and of slugs.
pub fn is_slug(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl FromStr for ServerId {
    type Err = ParseServerIdError;

    fn from_str(text: &str) -> Result<Self, ParseServerIdError> {
        if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(ParseServerIdError) }
    }
}

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ServerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ServerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::session;

    fn server() -> AuthorizationServer {
        AuthorizationServer {
            id: "default".parse().expect("is an id"),
            name: "Default".into(),
            audience: "https://api.example.com".into(),
            access_token_signing_alg: Algorithm::Es256,
            open_to: OpenTo::All,
            lifetimes: Lifetimes::default(),
            key_rotation_interval: DEFAULT_KEY_ROTATION_INTERVAL,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: 1,
        }
    }

    #[test]
    fn ids() {
        for good in ["default", "a", "0", "a-b", "a-", &"a".repeat(63)] {
            assert!(good.parse::<ServerId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a_b", "a/b", "..", "a b", "ä", &"a".repeat(64)] {
            assert!(bad.parse::<ServerId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn defaults_are_good() {
        assert_eq!(check(&server()), []);
    }

    /// A session ends by itself after these: no server can promise more.
    #[test]
    fn sessions_last_no_longer_at_a_server_than_they_do() {
        let longest = Lifetimes::default();
        assert_eq!(
            (longest.session_idle.unsigned_abs(), longest.session_absolute.unsigned_abs()),
            (session::IDLE.as_secs(), session::ABSOLUTE.as_secs())
        );
    }

    #[test]
    fn each_bound_is_kept() {
        type Set = fn(&mut AuthorizationServer);
        let cases: &[(&str, Set)] = &[
            ("name", |server| server.name = " ".into()),
            ("audience", |server| server.audience = String::new()),
            ("audience", |server| server.audience = "a b".into()),
            ("audience", |server| server.audience = "a\"b".into()),
            ("audience", |server| server.audience = "x".repeat(513)),
            ("lifetimes.access_token", |server| server.lifetimes.access_token = 59),
            ("lifetimes.access_token", |server| server.lifetimes.access_token = 86_401),
            ("lifetimes.id_token", |server| server.lifetimes.id_token = 0),
            ("lifetimes.code", |server| server.lifetimes.code = 601),
            ("lifetimes.refresh_token_idle", |server| server.lifetimes.refresh_token_idle = 60),
            ("lifetimes.refresh_token_absolute", |server| server.lifetimes.refresh_token_absolute = HOUR),
            ("lifetimes.refresh_token_leeway", |server| server.lifetimes.refresh_token_leeway = -1),
            ("lifetimes.pushed_authorization_request", |server| server.lifetimes.pushed_authorization_request = 59),
            ("lifetimes.pushed_authorization_request", |server| server.lifetimes.pushed_authorization_request = 601),
            ("lifetimes.device_code", |server| server.lifetimes.device_code = 0),
            ("lifetimes.session_idle", |server| server.lifetimes.session_idle = 60),
            ("lifetimes.session_idle", |server| server.lifetimes.session_idle = 12 * HOUR + 1),
            ("lifetimes.session_absolute", |server| server.lifetimes.session_absolute = HOUR),
            ("lifetimes.session_absolute", |server| server.lifetimes.session_absolute = 7 * DAY + 1),
            ("key_rotation_interval", |server| server.key_rotation_interval = HOUR),
        ];
        for (field, set) in cases {
            let mut changed = server();
            set(&mut changed);
            let fields: Vec<_> = check(&changed).into_iter().map(|error| error.field).collect();
            assert_eq!(fields, [*field]);
        }
    }
}
