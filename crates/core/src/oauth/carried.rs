//! What an access token in a customer's name carries: what the customer allowed, as far as the application still has it
//! (RFC 6749 §6, RFC 8707 §2.2).
//!
//! Asked anew at every exchange, so that a scope that was taken from the application is in no new token.

use super::entitled::Grantable;
use super::error::{ErrorCode, OAuthError};
use super::grant::Grant;
use super::refresh::narrowed;
use super::scope::{self, SIGN_IN_SCOPES};
use crate::portal::application::SignInScope;
use crate::time::Timestamp;

/// What the application has now.
#[derive(Clone, Copy, Debug)]
pub struct Rights<'a> {
    /// Scopes of APIs.
    pub grantable: &'a [Grantable],
    /// Scopes about the person.
    pub sign_in: &'a [SignInScope],
    /// `aud` of a token whose scopes belong to no API.
    pub server_audience: &'a str,
}

/// What a token request asks for; a code's takes everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The `scope` parameter.
    pub scope: Option<&'a str>,
    /// The `resource` parameters.
    pub resources: &'a [&'a str],
}

/// What goes into the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    /// Scope names, in the order in which they were allowed.
    pub scopes: Vec<&'a str>,
    /// Never empty.
    pub audiences: Vec<&'a str>,
    /// The first end of an entitlement among them.
    pub ends_at: Option<Timestamp>,
}

/// Decides.
///
/// # Errors
/// `invalid_scope` for a scope that was asked for and is not to be had, `invalid_target` for such a resource,
/// `invalid_grant` when nothing is left.
pub fn carried<'a>(
    grant: &'a Grant,
    rights: &Rights<'a>,
    asked: &Asked<'a>,
    now: Timestamp,
) -> Result<Carried<'a>, OAuthError> {
    let mut carried = Carried { scopes: Vec::new(), audiences: Vec::new(), ends_at: None };
    for name in narrowed(&grant.scopes, asked.scope)? {
        match standing(name, rights, now) {
            Standing::SignIn => carried.scopes.push(name),
            Standing::Entitled(one) if is_meant(one, grant, asked) => add(&mut carried, name, one),
            Standing::Gone if asked.scope.is_some() => return Err(gone()),
            // Of another resource, or taken from the application meanwhile.
            Standing::Entitled(_) | Standing::Gone => {}
        }
    }
    if let Some(unknown) = asked.resources.iter().find(|resource| !carried.audiences.contains(resource)) {
        let text = match unknown.is_empty() {
            true => "resource is blank",
            false => "resource is not one that the customer allowed and that a scope of this token opens",
        };
        return Err(OAuthError::new(ErrorCode::InvalidTarget, text));
    }
    if carried.scopes.is_empty() {
        return Err(OAuthError::invalid_grant(
            "nothing is left of what the customer allowed: the application's page in the portal says what it may ask for",
        ));
    }
    if carried.audiences.is_empty() {
        carried.audiences.push(rights.server_audience);
    }
    Ok(carried)
}

enum Standing<'a> {
    SignIn,
    Entitled(&'a Grantable),
    Gone,
}

fn standing<'a>(name: &str, rights: &Rights<'a>, now: Timestamp) -> Standing<'a> {
    if SIGN_IN_SCOPES.contains(&name) {
        let approved = rights.sign_in.iter().any(|own| own.as_str() == name);
        return if approved { Standing::SignIn } else { Standing::Gone };
    }
    let entitled = rights.grantable.iter().find(|one| &*one.name == name);
    match entitled.filter(|one| one.expires_at.is_none_or(|at| at > now)) {
        Some(one) => Standing::Entitled(one),
        None => Standing::Gone,
    }
}

/// Whether a scope's API is among the resources that were allowed and those that are asked for now.
fn is_meant(one: &Grantable, grant: &Grant, asked: &Asked<'_>) -> bool {
    let audience = &*one.audience;
    (grant.resources.is_empty() || grant.resources.iter().any(|resource| resource == audience))
        && (asked.resources.is_empty() || asked.resources.contains(&audience))
}

fn add<'a>(carried: &mut Carried<'a>, name: &'a str, one: &'a Grantable) {
    carried.scopes.push(name);
    if !carried.audiences.contains(&&*one.audience) {
        carried.audiences.push(&one.audience);
    }
    carried.ends_at = match (carried.ends_at, one.expires_at) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

fn gone() -> OAuthError {
    scope::invalid("a scope that was asked for was taken from the application: the portal lists what it has")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ApplicationId, GrantId, UserId};
    use crate::oauth::grant::Authentication;
    use crate::random::SeededRandom;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn grant(scopes: &[&str], resources: &[&str]) -> Grant {
        let random = SeededRandom::new(1);
        let own = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Grant {
            id: GrantId::new(NOW, &random),
            server_id: "default".parse().expect("an id"),
            application_id: ApplicationId::new(NOW, &random),
            user_id: UserId::new(NOW, &random),
            session_id: None,
            scopes: own(scopes),
            resources: own(resources),
            nonce: None,
            claims: None,
            authentication: Authentication { at: NOW, amr: Vec::new() },
            created_at: NOW,
            last_used_at: NOW,
            expires_at: NOW.plus_secs(60),
            ended_at: None,
        }
    }

    fn ask(grant: &Grant, scope: Option<&str>, resources: &[&str]) -> Result<(String, String), ErrorCode> {
        let one = |name: &str, audience: &str, expires_at| Grantable {
            name: name.into(),
            audience: audience.into(),
            expires_at,
        };
        let grantable = [
            one("a:read", "https://a", None),
            one("b:read", "https://b", Some(NOW.plus_secs(9))),
            one("old", "https://b", Some(NOW)),
        ];
        let rights = Rights { grantable: &grantable, sign_in: &[SignInScope::Openid], server_audience: "https://s" };
        carried(grant, &rights, &Asked { scope, resources }, NOW)
            .map(|carried| (carried.scopes.join(" "), carried.audiences.join(" ")))
            .map_err(|error| error.code)
    }

    fn good(scopes: &str, audiences: &str) -> Result<(String, String), ErrorCode> {
        Ok((scopes.to_owned(), audiences.to_owned()))
    }

    #[test]
    fn carries_what_is_allowed_and_still_there() {
        let all = grant(&["openid", "a:read", "b:read", "old", "email", "c:read"], &[]);
        assert_eq!(ask(&all, None, &[]), good("openid a:read b:read", "https://a https://b"));
        assert_eq!(ask(&all, Some("b:read"), &[]), good("b:read", "https://b"));
        assert_eq!(ask(&all, Some("openid"), &[]), good("openid", "https://s"));
        assert_eq!(ask(&all, None, &["https://b"]), good("openid b:read", "https://b"));
        let one = grant(&["openid", "a:read", "b:read"], &["https://a"]);
        assert_eq!(ask(&one, None, &[]), good("openid a:read", "https://a"));
    }

    #[test]
    fn refuses_the_rest() {
        let all = grant(&["openid", "a:read", "old", "email"], &[]);
        for scope in ["b:read", "old", "email", "openid a:write"] {
            assert_eq!(ask(&all, Some(scope), &[]), Err(ErrorCode::InvalidScope), "{scope}");
        }
        assert_eq!(ask(&all, None, &["https://b"]), Err(ErrorCode::InvalidTarget));
        assert_eq!(ask(&all, Some("openid"), &["https://a"]), Err(ErrorCode::InvalidTarget));
        let other = grant(&["a:read", "b:read"], &["https://a"]);
        assert_eq!(ask(&other, None, &["https://b"]), Err(ErrorCode::InvalidTarget), "not allowed by the customer");
        assert_eq!(ask(&grant(&["old"], &[]), None, &[]), Err(ErrorCode::InvalidGrant));
    }
}
