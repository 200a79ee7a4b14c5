//! The logout token (OpenID Connect Back-Channel Logout 1.0 §2.4): tells an application that a session has ended.
//!
//! Against confusion with ID tokens it has a type of its own and no `nonce` (§4), and nothing here takes one.

use serde::Serialize;

/// `typ` of a logout token (§2.4).
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";
/// Seconds that one is good for: the longest that §4 thinks sensible.
pub const LOGOUT_TOKEN_LIFETIME: i64 = 120;

/// The claims of a logout token.
#[derive(Debug, Serialize)]
pub struct LogoutToken<'a> {
    /// Issuer.
    pub iss: &'a str,
    /// The customer, as the application knows them.
    pub sub: &'a str,
    /// The application's client id.
    pub aud: &'a str,
    /// NumericDate.
    pub iat: i64,
    /// NumericDate.
    pub exp: i64,
    /// Another one at each attempt: it names the token and not what it tells.
    pub jti: &'a str,
    /// The session, as ID tokens name it.
    pub sid: &'a str,
    /// What makes it a logout token.
    pub events: Events,
}

/// `events` (RFC 8417 §2.2) with the one member that §2.4 defines.
#[derive(Debug, Default, Serialize)]
pub struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    backchannel_logout: Nothing,
}

/// An empty object.
#[derive(Debug, Default, Serialize)]
struct Nothing {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_as_the_specification_lists_them() {
        let token = LogoutToken {
            iss: "i",
            sub: "s",
            aud: "a",
            iat: 1,
            exp: 121,
            jti: "j",
            sid: "x",
            events: Events::default(),
        };
        assert_eq!(
            serde_json::to_value(&token).expect("serializes"),
            json!({
                "iss": "i", "sub": "s", "aud": "a", "iat": 1, "exp": 121, "jti": "j", "sid": "x",
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            })
        );
    }
}
