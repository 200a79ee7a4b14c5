//! What a sign-in leads on to, when it comes of an authorization request: its page names the application, begins with the
//! address that the application hints at, and its form may end at the redirect URI, since whoever is signed in and has
//! allowed everything before goes there by one redirect after the other (`product.md`, what every screen keeps).

use axum::response::Response;
use gatehouse_core::oauth::authorize::source;
use http::{HeaderName, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::request::{self, Asked};
use crate::portal::chrome::Chrome;
use crate::serve::PAGE_POLICY;
use crate::state::App;

/// Where somebody goes after signing in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Onward {
    /// The application's name; empty for a page of ours.
    pub(crate) application: String,
    /// What the form for the e-mail address begins with.
    pub(crate) login_hint: String,
    /// Whether it is the page where a device is connected.
    pub(crate) is_device: bool,
    /// Whether it is the form where access to an API is requested.
    pub(crate) is_access_request: bool,
    redirect_uri: String,
}

impl Onward {
    /// Of an address to come back to.
    pub(crate) async fn of(app: &App, return_to: &str) -> Self {
        Self::read(app, return_to).await.0
    }

    /// The same, with the request where an application waits.
    pub(super) async fn read(app: &App, return_to: &str) -> (Self, Option<Asked>) {
        let asked = match parts(return_to) {
            Some((server_id, query)) => request::read(app, server_id, query).await.ok(),
            None => None,
        };
        let (is_device, is_access_request) = (is_device(return_to), is_access_request(return_to));
        let nobody = || Self { is_device, is_access_request, ..Self::default() };
        (asked.as_ref().map_or_else(nobody, Self::to), asked)
    }

    fn to(asked: &Asked) -> Self {
        let login_hint = asked.wanted.as_ref().ok().and_then(|wanted| wanted.request.login_hint.clone());
        Self {
            application: asked.client.application.name.clone(),
            // Other forms of hints there may be; the form takes an address.
            login_hint: login_hint.filter(|hint| hint.contains('@')).unwrap_or_default(),
            is_device: false,
            is_access_request: false,
            redirect_uri: asked.target.redirect_uri.clone(),
        }
    }

    /// The frame of a page on the way there: nothing to wander off to, for what waits would be lost.
    pub(crate) fn frame<'a>(&self, chrome: Chrome<'a>) -> Chrome<'a> {
        if self.is_known() || self.is_device { chrome.bare() } else { chrome }
    }

    /// Whether it is an application that waits.
    pub(crate) fn is_known(&self) -> bool {
        !self.redirect_uri.is_empty()
    }

    /// Lets the forms of a page lead there.
    pub(crate) fn allow(&self, response: Response) -> Response {
        if self.redirect_uri.is_empty() { response } else { allow_form_action(response, &self.redirect_uri) }
    }

    /// The same for a page of the portal, from which it goes by way of the issuers' host.
    pub(crate) fn allow_from_portal(&self, app: &App, response: Response) -> Response {
        match self.redirect_uri.as_str() {
            "" => response,
            uri if app.config.issuer_url == app.config.portal_url => allow_form_action(response, uri),
            uri => allow_form_actions(response, &[&app.config.issuer_url, uri]),
        }
    }
}

/// The sign-in page that comes back to a path.
pub(in crate::oauth) fn sign_in(path: &str) -> String {
    format!("/sign-in?return_to={}", utf8_percent_encode(path, NON_ALPHANUMERIC))
}

/// Lets the forms of a page lead to a redirect URI. Applications open these pages in windows of their own, too, and wait
/// for the answer there, so these pages do not cut the tie to the window that opened them; nobody frames them either way.
pub(crate) fn allow_form_action(response: Response, redirect_uri: &str) -> Response {
    allow_form_actions(response, &[redirect_uri])
}

fn allow_form_actions(mut response: Response, addresses: &[&str]) -> Response {
    let headers = response.headers_mut();
    let sources: Vec<String> = addresses.iter().filter_map(|address| source(address)).collect();
    let policy = PAGE_POLICY.replace("form-action 'self'", &format!("form-action 'self' {}", sources.join(" ")));
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("unsafe-none"));
    response
}

/// Whether an address is the page where a device is connected.
fn is_device(return_to: &str) -> bool {
    let path = return_to.split('?').next().unwrap_or_default();
    path == "/device" || path.starts_with("/device/")
}

/// Whether an address is the form where access to an API is requested.
fn is_access_request(return_to: &str) -> bool {
    let path = return_to.split('?').next().unwrap_or_default();
    path.strip_prefix("/apis/").and_then(|rest| rest.strip_suffix("/request")).is_some_and(|slug| !slug.contains('/'))
}

/// Server and query of an address of the authorization endpoint.
fn parts(return_to: &str) -> Option<(&str, &str)> {
    let (path, query) = return_to.split_once('?')?;
    let server_id = path.strip_prefix("/oauth2/")?.strip_suffix("/v1/authorize")?;
    (!server_id.contains('/')).then_some((server_id, query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_page_for_devices() {
        assert!(is_device("/device") && is_device("/device?user_code=X") && is_device("/device/confirm?a"));
        assert!(!is_device("/devices") && !is_device("/?a=/device"));
    }

    #[test]
    fn knows_the_form_for_requests() {
        assert!(is_access_request("/apis/results/request") && is_access_request("/apis/results/request?again=R-1"));
        assert!(!is_access_request("/apis/results") && !is_access_request("/apis/a/b/request"));
        assert!(!is_access_request("/requests?x=/apis/a/request"));
    }

    #[test]
    fn knows_the_endpoint() {
        assert_eq!(parts("/oauth2/default/v1/authorize?a=1?b"), Some(("default", "a=1?b")));
        for other in ["/", "/oauth2/default/v1/authorize", "/oauth2/a/b/v1/authorize?a", "/oauth2/a/v1/token?a"] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
