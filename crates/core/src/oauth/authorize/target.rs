//! Where the answer to an authorization request may go, and in which form (RFC 6749 §3.1.2.4; OAuth 2.0 Multiple
//! Response Types §2.1; OAuth 2.0 Form Post Response Mode).

use crate::oauth::error::OAuthError;
use crate::oauth::params::Params;
use crate::oauth::redirect_uri;
use crate::portal::application::Application;

/// Longest `state` in bytes: it is repeated in an address.
const LONGEST_STATE: usize = 2_048;

crate::text_enum! {
    /// How the answer gets to the application.
    ResponseMode, "response mode" {
        /// In the query of the redirect URI.
        Query = "query",
        /// In its fragment.
        Fragment = "fragment",
        /// As a form that the browser posts.
        FormPost = "form_post",
    }
}

/// Where the answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As the application sent it, or the only one that it has registered.
    pub redirect_uri: String,
    /// Whether it sent it.
    pub redirect_uri_sent: bool,
    /// Repeated in every answer.
    pub state: Option<String>,
    /// In which form.
    pub response_mode: ResponseMode,
}

/// Why an answer can go nowhere: the person sees a page, the application's owners the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectFault {
    /// The application has none.
    #[error("the application has no redirect URI registered: add one in its settings")]
    NoneRegistered,
    /// It has several and named none.
    #[error("redirect_uri is missing, and the application has more than one registered")]
    Missing,
    /// It named one that it has not registered.
    #[error("redirect URI differs at character {at} from the registered {registered}: {sent}")]
    Unregistered {
        /// What came, shortened.
        sent: String,
        /// The registered one that is most like it.
        registered: String,
        /// The first character that differs, counted from 1.
        at: usize,
    },
}

/// Finds the target. The second part of a good answer is an error that already has a place to go: a form of answer that
/// there is not, or a `state` that is too long.
pub fn target(
    params: &Params<'_>,
    application: &Application,
) -> Result<(Target, Result<(), OAuthError>), RedirectFault> {
    let registered = &application.redirect_uris;
    let sent = params.get("redirect_uri");
    let redirect_uri = match (sent, registered.as_slice()) {
        (_, []) => return Err(RedirectFault::NoneRegistered),
        (None, [only]) => only.clone(),
        (None, _) => return Err(RedirectFault::Missing),
        (Some(sent), _) if redirect_uri::find(registered, sent).is_some() => sent.to_owned(),
        (Some(sent), _) => return Err(differs(registered, sent)),
    };
    let (response_mode, mut checked) = response_mode(params);
    let mut state = params.get("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        state = None;
        checked = Err(OAuthError::invalid_request("state is longer than 2,048 bytes: keep a short random value"));
    }
    Ok((Target { redirect_uri, redirect_uri_sent: sent.is_some(), state, response_mode }, checked))
}

/// A form that there is not is answered in the default one of its response type.
fn response_mode(params: &Params<'_>) -> (ResponseMode, Result<(), OAuthError>) {
    let by_type = match params.get("response_type") {
        Some(text) if text.split(' ').any(|word| matches!(word, "token" | "id_token")) => ResponseMode::Fragment,
        _ => ResponseMode::Query,
    };
    match params.get("response_mode").map(str::parse) {
        None => (by_type, Ok(())),
        Some(Ok(mode)) => (mode, Ok(())),
        Some(Err(_)) => {
            (by_type, Err(OAuthError::invalid_request("response_mode is one of query, fragment and form_post")))
        }
    }
}

/// The registered URI with the longest common beginning.
fn differs(registered: &[String], sent: &str) -> RedirectFault {
    const SHOWN: usize = 200;
    let common = |uri: &&String| uri.chars().zip(sent.chars()).take_while(|(a, b)| a == b).count();
    let nearest = registered.iter().max_by_key(common);
    RedirectFault::Unregistered {
        at: nearest.as_ref().map_or(0, common) + 1,
        sent: sent.chars().filter(|c| !c.is_control()).take(SHOWN).collect(),
        registered: nearest.cloned().unwrap_or_default(),
    }
}
