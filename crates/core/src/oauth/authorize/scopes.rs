//! The scopes of an authorization request: those about the person, and those of APIs that the application is entitled to.

use crate::oauth::entitled::{self, Grantable};
use crate::oauth::error::OAuthError;
use crate::oauth::scope::{self, SIGN_IN_SCOPES};
use crate::portal::application::Application;
use crate::time::Timestamp;

/// What was asked for and may be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedScopes<'a> {
    /// About the person, in the order asked for.
    pub sign_in: Vec<&'a str>,
    /// Of APIs.
    pub api: Vec<&'a str>,
}

impl<'a> RequestedScopes<'a> {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &'a str> {
        self.sign_in.iter().chain(&self.api).copied()
    }
}

/// Checks the `scope` parameter. Without one: all entitled scopes of APIs, none about the person.
///
/// # Errors
/// `invalid_scope`, `invalid_target`.
pub fn scopes<'a>(
    application: &Application,
    (grantable, known_audience): (&'a [Grantable], impl Fn(&str) -> bool),
    asked: Option<&'a str>,
    resources: &[&'a str],
    now: Timestamp,
) -> Result<RequestedScopes<'a>, OAuthError> {
    let names = asked.map(scope::parse).transpose()?.unwrap_or_default();
    let (sign_in, api): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| SIGN_IN_SCOPES.contains(name));
    let approved = |name: &str| application.sign_in_scopes.iter().any(|own| own.as_str() == name);
    if let Some(name) = sign_in.iter().find(|name| !approved(name)) {
        return Err(scope::invalid(format!(
            "the application is not approved for scope {name}: its page in the portal lists what it may ask for"
        )));
    }
    if api.is_empty() && !sign_in.is_empty() && resources.is_empty() {
        return Ok(RequestedScopes { sign_in, api });
    }
    let text = api.join(" ");
    let asked = asked.is_some().then_some(text.as_str());
    let granted = entitled::grant(grantable, known_audience, asked, resources, now)?;
    Ok(RequestedScopes { sign_in, api: granted.scopes })
}
