//! What of its entitlements a request is granted (RFC 6749 §3.3 and §4.4, RFC 8707 §2).
//!
//! Tokens carry only entitled scopes, and a scope that does not exist is refused with the same words as one that is
//! not granted.

use std::sync::Arc;

use super::error::{ErrorCode, OAuthError};
use super::scope::{self, SIGN_IN_SCOPES};
use crate::time::Timestamp;

/// A scope that an application may have on one server by this grant type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantable {
    /// Its name.
    pub name: Arc<str>,
    /// The audience of its API.
    pub audience: Arc<str>,
    /// When the entitlement ends.
    pub expires_at: Option<Timestamp>,
}

/// What goes into the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted<'a> {
    /// Scope names, in the order asked for.
    pub scopes: Vec<&'a str>,
    /// Audiences, each once, in the order of the scopes, or as the `resource` parameters name them.
    pub audiences: Vec<&'a str>,
    /// The first end of an entitlement among them.
    pub ends_at: Option<Timestamp>,
}

/// Decides on a request.
///
/// `grantable` are the application's scopes on this server, `known_audience` tells whether an API of this server has
/// that audience, `asked` is the `scope` parameter, `resources` are the `resource` parameters.
///
/// # Errors
/// `invalid_scope` for a scope that is unknown, not granted, or of another API than the resource asked for;
/// `invalid_target` for an unknown resource.
pub fn grant<'a>(
    grantable: &'a [Grantable],
    known_audience: impl Fn(&str) -> bool,
    asked: Option<&str>,
    resources: &[&'a str],
    now: Timestamp,
) -> Result<Granted<'a>, OAuthError> {
    if resources.iter().any(|resource| !known_audience(resource)) {
        return Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "resource is not the audience of an API of this authorization server",
        ));
    }
    let mut granted = Granted { scopes: Vec::new(), audiences: resources.to_vec(), ends_at: None };
    match asked {
        Some(text) => {
            for name in scope::parse(text)? {
                add(&mut granted, find(grantable, name, now)?, resources)?;
            }
        }
        None => {
            for one in grantable.iter().filter(|one| is_current(one, now) && in_resources(one, resources)) {
                add(&mut granted, one, resources)?;
            }
        }
    }
    if granted.scopes.is_empty() {
        return Err(scope::invalid(
            "this application has no scope here yet: request access to an API in the portal and wait for approval",
        ));
    }
    // A token never names an API that none of its scopes opens.
    let opened = |resource: &&str| {
        grantable.iter().any(|one| &*one.audience == *resource && granted.scopes.contains(&&*one.name))
    };
    if !resources.iter().all(opened) {
        return Err(scope::invalid("a resource was asked for without a scope of it"));
    }
    Ok(granted)
}

fn find<'a>(grantable: &'a [Grantable], name: &str, now: Timestamp) -> Result<&'a Grantable, OAuthError> {
    if let Some(one) = grantable.iter().find(|one| &*one.name == name && is_current(one, now)) {
        return Ok(one);
    }
    if SIGN_IN_SCOPES.contains(&name) {
        return Err(scope::invalid(format!(
            "scope {name} speaks of a signed-in user and cannot be had with client_credentials"
        )));
    }
    Err(scope::invalid(
        "a scope that was asked for is unknown or not granted to this application: the portal lists the granted ones",
    ))
}

fn add<'a>(granted: &mut Granted<'a>, one: &'a Grantable, resources: &[&str]) -> Result<(), OAuthError> {
    if !in_resources(one, resources) {
        return Err(scope::invalid("a scope that was asked for does not belong to the resource that was asked for"));
    }
    granted.scopes.push(&one.name);
    if resources.is_empty() && !granted.audiences.contains(&&*one.audience) {
        granted.audiences.push(&one.audience);
    }
    granted.ends_at = match (granted.ends_at, one.expires_at) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Ok(())
}

fn is_current(one: &Grantable, now: Timestamp) -> bool {
    one.expires_at.is_none_or(|at| at > now)
}

fn in_resources(one: &Grantable, resources: &[&str]) -> bool {
    resources.is_empty() || resources.contains(&&*one.audience)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    /// Scopes, audiences, end.
    type Outcome = (Vec<String>, Vec<String>, Option<i64>);

    fn scopes() -> Vec<Grantable> {
        let one = |name: &str, audience: &str, expires_at| Grantable {
            name: name.into(),
            audience: audience.into(),
            expires_at,
        };
        vec![
            one("a:read", "https://a", None),
            one("a:write", "https://a", Some(Timestamp::from_secs(2_000))),
            one("b:read", "https://b", Some(Timestamp::from_secs(1_500))),
            one("old", "https://b", Some(NOW)),
        ]
    }

    fn ask(scope: Option<&str>, resources: &[&'static str]) -> Result<Outcome, ErrorCode> {
        let scopes = scopes();
        grant(&scopes, |audience| audience.starts_with("https://"), scope, resources, NOW)
            .map(|granted| {
                let own = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
                (own(granted.scopes), own(granted.audiences), granted.ends_at.map(Timestamp::as_secs))
            })
            .map_err(|error| error.code)
    }

    fn own(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn grants_what_is_asked_or_everything() {
        assert_eq!(ask(Some("a:read"), &[]), Ok((own(&["a:read"]), own(&["https://a"]), None)));
        assert_eq!(
            ask(None, &[]),
            Ok((own(&["a:read", "a:write", "b:read"]), own(&["https://a", "https://b"]), Some(1_500)))
        );
        assert_eq!(ask(None, &["https://b"]), Ok((own(&["b:read"]), own(&["https://b"]), Some(1_500))));
    }

    #[test]
    fn refuses_the_rest() {
        for scope in ["c:read", "old", "openid", "A:READ", "a:read c:read"] {
            assert_eq!(ask(Some(scope), &[]), Err(ErrorCode::InvalidScope), "{scope}");
        }
        assert_eq!(ask(Some("a:read"), &["https://b"]), Err(ErrorCode::InvalidScope));
        assert_eq!(ask(None, &["https://c"]), Err(ErrorCode::InvalidScope), "known audience, nothing granted");
        assert_eq!(ask(None, &["urn:x"]), Err(ErrorCode::InvalidTarget));
        assert_eq!(ask(Some("a:read"), &["https://a", "https://b"]), Err(ErrorCode::InvalidScope), "nothing of b");
        assert_eq!(ask(None, &["https://a", "https://c"]), Err(ErrorCode::InvalidScope), "nothing of c");
    }

    proptest! {
        #[test]
        fn never_more_than_entitled(asked in prop::option::of("[ab:rewitdolnp ]{0,40}")) {
            let scopes = scopes();
            if let Ok(granted) = grant(&scopes, |_| true, asked.as_deref(), &[], NOW) {
                for name in granted.scopes {
                    prop_assert!(scopes.iter().any(|one| &*one.name == name && is_current(one, NOW)));
                }
            }
        }
    }
}
