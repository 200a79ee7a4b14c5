//! What an access token says (RFC 9068 §2.2, with the conventional claims beside the standard ones).

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use super::acr::Acr;

/// `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// The claims of an access token.
#[derive(Debug, Serialize)]
pub struct AccessToken<'a> {
    /// Issuer.
    pub iss: &'a str,
    /// The client id, or the user.
    pub sub: &'a str,
    /// The APIs it is good for.
    pub aud: Audience<'a>,
    /// NumericDate: not good from then on.
    pub exp: i64,
    /// NumericDate of issue.
    pub iat: i64,
    /// NumericDate: not good before.
    pub nbf: i64,
    /// UUIDv7, so it carries the milliseconds of issue that revocations compare.
    pub jti: &'a str,
    /// RFC 9068 §2.2.
    pub client_id: &'a str,
    /// Space-separated (RFC 9068 §2.2.3).
    pub scope: &'a str,
    /// Version of this set of claims.
    pub ver: u8,
    /// The client id once more, under its conventional name.
    pub cid: &'a str,
    /// The scopes as an array.
    pub scp: &'a [&'a str],
    /// What the token hangs on: the customer's grant, or for client credentials the secret that authenticated.
    pub gid: &'a str,
    /// The customer, unless the application knows them by a subject of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<&'a str>,
    /// NumericDate: when the customer proved who they are (RFC 9068 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How well (RFC 9068 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
}

/// A string for one audience, an array for several (RFC 7519 §4.1.3).
#[derive(Debug)]
pub struct Audience<'a>(pub &'a [&'a str]);

impl Serialize for Audience<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [one] = self.0 {
            return serializer.serialize_str(one);
        }
        let mut all = serializer.serialize_seq(Some(self.0.len()))?;
        for one in self.0 {
            all.serialize_element(one)?;
        }
        all.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_audience_is_a_string() {
        assert_eq!(serde_json::to_string(&Audience(&["a"])).expect("serializes"), r#""a""#);
        assert_eq!(serde_json::to_string(&Audience(&["a", "b"])).expect("serializes"), r#"["a","b"]"#);
    }
}
