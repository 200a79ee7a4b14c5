//! The authorization request (RFC 6749 §4.1.1; OAuth 2.1 draft §4.1.1; OpenID Connect Core §3.1.2.1).
//!
//! Read in two steps, because what goes wrong in the first is shown to the person and never sent anywhere
//! (RFC 9700 §4.11): [`target`] finds where the answer may go, [`AuthorizationRequest::parse`] reads the rest, whose
//! errors go there.

mod answer;
mod scopes;
mod target;

pub use answer::{Answer, place, source};
pub use scopes::{RequestedScopes, scopes};
pub use target::{RedirectFault, ResponseMode, Target, target};

use super::claims_request::ClaimsRequest;
use super::error::{ErrorCode, OAuthError};
use super::params::Params;
use super::pkce;
use crate::portal::application::Application;

/// Longest nonce in bytes: it goes into the ID token.
const LONGEST_NONCE: usize = 512;

/// Longest login hint in bytes: an e-mail address fits.
const LONGEST_HINT: usize = 320;

/// Everything of the request but its target and scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// S256; `None` only where an operator has switched PKCE off.
    pub code_challenge: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// What must or must not be asked.
    pub prompt: Prompt,
    /// Seconds after which the person has to sign in again.
    pub max_age: Option<i64>,
    /// The e-mail address that the sign-in form begins with.
    pub login_hint: Option<String>,
    /// Wanted classes of authentication, by preference.
    pub acr_values: Vec<String>,
    /// The `claims` parameter, as it came and as it was read.
    pub claims: Option<(String, ClaimsRequest)>,
    /// Who the application takes the person for; verified by the server.
    pub id_token_hint: Option<String>,
}

/// The `prompt` parameter (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// `none`: show nothing.
    pub none: bool,
    /// `login`: sign in again.
    pub login: bool,
    /// `consent`: ask again.
    pub consent: bool,
    /// `select_account`: choose who it is.
    pub select_account: bool,
}

impl AuthorizationRequest {
    /// Reads the parameters, in the order of the specifications.
    ///
    /// # Errors
    /// What goes to the redirect URI.
    pub fn parse(params: &Params<'_>, application: &Application) -> Result<Self, OAuthError> {
        response_type(params)?;
        not_supported(params)?;
        Ok(Self {
            code_challenge: code_challenge(params, application)?,
            nonce: bounded(params, "nonce", LONGEST_NONCE)?,
            prompt: Prompt::parse(params.get("prompt").unwrap_or_default())?,
            max_age: max_age(params, application)?,
            login_hint: bounded(params, "login_hint", LONGEST_HINT)?,
            acr_values: words(params.get("acr_values")),
            claims: claims(params)?,
            id_token_hint: params.get("id_token_hint").map(str::to_owned),
        })
    }
}

fn response_type(params: &Params<'_>) -> Result<(), OAuthError> {
    match params.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "only response_type=code is supported: tokens come from the token endpoint",
        )),
        None => Err(OAuthError::invalid_request("response_type is missing: send response_type=code")),
    }
}

/// RFC 9101 and OpenID Connect Core §6, §7.2.1: what this server does not take yet is said, not ignored.
fn not_supported(params: &Params<'_>) -> Result<(), OAuthError> {
    let cases = [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ];
    match cases.into_iter().find(|(name, _)| params.get(name).is_some()) {
        Some((name, code)) => {
            Err(OAuthError::new(code, format!("{name} is not supported: send each parameter of the request by itself")))
        }
        None => Ok(()),
    }
}

/// RFC 9700 §2.1.1: always, unless an operator has made an exception of a confidential application.
fn code_challenge(params: &Params<'_>, application: &Application) -> Result<Option<String>, OAuthError> {
    let challenge = pkce::challenge(params)?;
    let needed = application.require_pkce || !application.application_type.is_confidential();
    if challenge.is_none() && needed {
        return Err(OAuthError::invalid_request(
            "code_challenge is missing: send code_challenge and code_challenge_method=S256 (PKCE, RFC 7636)",
        ));
    }
    Ok(challenge)
}

impl Prompt {
    fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => {
                    return Err(OAuthError::invalid_request(
                        "prompt takes none, or one or more of login, consent and select_account",
                    ));
                }
            }
        }
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            return Err(OAuthError::invalid_request("prompt=none goes with no other value of prompt"));
        }
        Ok(prompt)
    }
}

fn max_age(params: &Params<'_>, application: &Application) -> Result<Option<i64>, OAuthError> {
    let Some(text) = params.get("max_age") else { return Ok(application.default_max_age) };
    match text.parse() {
        Ok(seconds) if seconds >= 0 => Ok(Some(seconds)),
        _ => Err(OAuthError::invalid_request("max_age is not a whole number of seconds")),
    }
}

fn claims(params: &Params<'_>) -> Result<Option<(String, ClaimsRequest)>, OAuthError> {
    params.get("claims").map(|text| Ok((text.to_owned(), ClaimsRequest::parse(text)?))).transpose()
}

fn bounded(params: &Params<'_>, name: &'static str, longest: usize) -> Result<Option<String>, OAuthError> {
    match params.get(name) {
        Some(text) if text.len() > longest => {
            Err(OAuthError::invalid_request(format!("{name} is longer than {longest} bytes")))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

fn words(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
