//! The claims of an access token whose signature has been checked (RFC 9068 §2.2).

use std::sync::Arc;

use gatehouse_core::id::{GrantId, UserId};
use gatehouse_core::time::Timestamp;
use serde::Deserialize;

use crate::caller::OnBehalfOf;

/// What a signed token says, parsed once. Nothing in it depends on the time or on a policy: those are asked on every
/// call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// `iss`.
    pub issuer: String,
    /// `client_id`.
    pub client_id: Arc<str>,
    /// `sub`.
    pub subject: Arc<str>,
    /// The application's own, or a customer's.
    pub on_behalf_of: OnBehalfOf,
    /// `scope`.
    pub scopes: Arc<[String]>,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `gid`.
    pub grant: Option<String>,
    /// `jti`.
    pub jti: String,
    /// When it was issued, in whole milliseconds, from `jti`.
    pub issued: Timestamp,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires: Timestamp,
    /// The later one of `nbf` and `iat`.
    pub begins: Timestamp,
}

/// The claims as they stand in the token. A claim that is there twice is refused by the derived reader.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audiences,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    jti: String,
    client_id: String,
    #[serde(default)]
    scope: String,
    ver: Option<u8>,
    cid: Option<String>,
    uid: Option<String>,
    scp: Option<Vec<String>>,
    gid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Many(Vec<String>),
}

impl Verified {
    /// Reads the claims; `None` when a required one is missing, one is of the wrong kind, or two contradict each
    /// other.
    pub(crate) fn parse(claims: &[u8]) -> Option<Self> {
        let claims: Claims = serde_json::from_slice(claims).ok()?;
        let scopes: Arc<[String]> =
            claims.scope.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let agrees = claims.cid.as_ref().is_none_or(|cid| *cid == claims.client_id)
            && claims.scp.as_ref().is_none_or(|scp| **scp == *scopes)
            && claims.ver.is_none_or(|version| version == 1);
        if !agrees || claims.client_id.is_empty() || claims.sub.is_empty() {
            return None;
        }
        let on_behalf_of = on_behalf_of(&claims)?;
        Some(Self {
            issued: issued(&claims.jti)?,
            issuer: claims.iss,
            subject: claims.sub.into(),
            client_id: claims.client_id.into(),
            on_behalf_of,
            scopes,
            audiences: match claims.aud {
                Audiences::One(one) => vec![one],
                Audiences::Many(many) => many,
            },
            grant: claims.gid,
            jti: claims.jti,
            issued_at: Timestamp::from_secs(claims.iat),
            expires: Timestamp::from_secs(claims.exp),
            begins: Timestamp::from_secs(claims.nbf.unwrap_or(claims.iat).max(claims.iat)),
        })
    }
}

/// A token whose subject is not the client itself is a customer's (RFC 9068 §2.2), also where the application knows that
/// customer by a subject of its own: the grant then says who it is. What names no customer that can be found is no token
/// of ours, and never the application's own.
fn on_behalf_of(claims: &Claims) -> Option<OnBehalfOf> {
    if claims.sub == claims.client_id {
        return claims.uid.is_none().then_some(OnBehalfOf::Application);
    }
    match (&claims.uid, claims.sub.parse::<UserId>()) {
        (Some(uid), Ok(user)) if *uid == claims.sub => Some(OnBehalfOf::User(user)),
        (Some(_), _) => None,
        (None, Ok(user)) => Some(OnBehalfOf::User(user)),
        (None, Err(_)) => claims.gid.as_ref()?.parse::<GrantId>().ok().map(OnBehalfOf::CustomerOf),
    }
}

/// The milliseconds in a `jti`: a UUIDv7 (RFC 9562 §5.7) in lower case with hyphens, the only form that we issue.
/// Anything else could not be held against a revocation.
fn issued(jti: &str) -> Option<Timestamp> {
    let uuid = uuid::Uuid::try_parse(jti).ok()?;
    let canonical = uuid.get_version_num() == 7 && uuid.hyphenated().to_string() == jti;
    canonical.then(|| Timestamp::from_millis(i64::try_from(uuid.as_u128() >> 80).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::uuid_v7;
    use gatehouse_core::random::SeededRandom;
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_345_500_123);

    fn claims() -> Value {
        json!({
            "iss": "http://localhost/oauth2/default", "sub": "c", "aud": "https://results", "exp": 1_795_349_100,
            "iat": 1_795_345_500, "nbf": 1_795_345_500, "jti": uuid_v7(NOW, [7; 10]).to_string(), "client_id": "c",
            "scope": "a b", "ver": 1, "cid": "c", "scp": ["a", "b"], "gid": "sec_1",
        })
    }

    fn parse(claims: &Value) -> Option<Verified> {
        Verified::parse(claims.to_string().as_bytes())
    }

    #[test]
    fn reads_our_claims() {
        let verified = parse(&claims()).expect("reads");
        assert_eq!(verified.issued, NOW);
        assert_eq!(*verified.scopes, ["a".to_owned(), "b".to_owned()]);
        assert_eq!(verified.on_behalf_of, OnBehalfOf::Application);
        assert_eq!(verified.audiences, ["https://results"]);
        assert_eq!(verified.expires, Timestamp::from_secs(1_795_349_100));
    }

    #[test]
    fn a_customers_token_is_never_the_applications_own() {
        let random = SeededRandom::new(3);
        let (user, other, grant) = (UserId::new(NOW, &random), UserId::new(NOW, &random), GrantId::new(NOW, &random));
        for (sub, uid, gid, expected) in [
            (json!(user), json!(null), json!(grant), Some(OnBehalfOf::User(user))),
            (json!(user), json!(user), json!(grant), Some(OnBehalfOf::User(user))),
            (json!("pairwise"), json!(null), json!(grant), Some(OnBehalfOf::CustomerOf(grant))),
            (json!("pairwise"), json!(null), json!("sec_1"), None),
            (json!("pairwise"), json!(null), json!(null), None),
            (json!("pairwise"), json!(user), json!(grant), None),
            (json!(user), json!(other), json!(grant), None),
            (json!("c"), json!(user), json!(grant), None),
        ] {
            let mut claims = claims();
            claims["sub"] = sub.clone();
            claims["uid"] = uid.clone();
            claims["gid"] = gid.clone();
            let read = parse(&claims).map(|verified| verified.on_behalf_of);
            assert_eq!(read, expected, "{sub} {uid} {gid}");
        }
    }

    #[test]
    fn needs_the_required_claims() {
        for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
            let mut claims = claims();
            claims.as_object_mut().expect("object").remove(name);
            assert_eq!(parse(&claims), None, "without {name}");
        }
        for name in ["nbf", "scope", "ver", "cid", "scp", "gid"] {
            let mut claims = claims();
            let object = claims.as_object_mut().expect("object");
            object.remove(name);
            if name == "scope" {
                object.remove("scp");
            }
            assert!(parse(&claims).is_some(), "without {name}");
        }
    }

    #[test]
    fn refuses_wrong_kinds_and_contradictions() {
        let version_4 = "9b2c1b9e-6f0c-4d7e-9a43-0f7e1d3c5b2a";
        let upper = uuid_v7(NOW, [7; 10]).to_string().to_uppercase();
        for (name, value) in [
            ("iss", json!(7)),
            ("aud", json!({})),
            ("aud", json!([1])),
            ("exp", json!("1795349100")),
            ("exp", json!(1.5e300)),
            ("exp", json!(null)),
            ("nbf", json!("x")),
            ("jti", json!("x")),
            ("jti", json!(version_4)),
            ("jti", json!(upper)),
            ("jti", json!(uuid_v7(NOW, [7; 10]).simple().to_string())),
            ("client_id", json!("")),
            ("sub", json!("")),
            ("cid", json!("other")),
            ("uid", json!("usr_x")),
            ("scp", json!(["a"])),
            ("scp", json!("a b")),
            ("ver", json!(2)),
        ] {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(parse(&claims), None, "{name}: {value}");
        }
        let twice = claims().to_string().replacen('{', r#"{"iss":"http://other","#, 1);
        assert_eq!(Verified::parse(twice.as_bytes()), None);
        assert_eq!(Verified::parse(b"[]"), None);
        assert_eq!(Verified::parse(b"{} x"), None);
    }
}
