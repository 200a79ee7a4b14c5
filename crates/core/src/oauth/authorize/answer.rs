//! The answer to an authorization request: its parameters (RFC 6749 §4.1.2; RFC 9207 §2) and where they go.

use form_urlencoded::Serializer;
use url::Url;

use super::{ResponseMode, Target};
use crate::oauth::error::OAuthError;

/// The parameters of an answer, in order. Holds a code: no `Debug`.
pub struct Answer<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Answer<'a> {
    /// A code.
    pub fn code(code: &'a str, target: &'a Target, issuer: &'a str) -> Self {
        Self(vec![("code", code)]).with(target, issuer)
    }

    /// An error; `uri` explains it.
    pub fn error(error: &'a OAuthError, uri: &'a str, target: &'a Target, issuer: &'a str) -> Self {
        let parameters =
            vec![("error", error.code.as_str()), ("error_description", error.description.as_ref()), ("error_uri", uri)];
        Self(parameters).with(target, issuer)
    }

    /// Every answer says from whom it is, so that a client of two servers does not take one for the other (RFC 9207).
    fn with(mut self, target: &'a Target, issuer: &'a str) -> Self {
        self.0.extend(target.state.as_deref().map(|state| ("state", state)));
        self.0.push(("iss", issuer));
        self
    }

    /// For a form.
    pub fn parameters(&self) -> &[(&'static str, &'a str)] {
        &self.0
    }

    /// The address to send the browser to. The redirect URI stays as it is, byte for byte.
    pub fn location(&self, target: &Target) -> String {
        let parameters = Serializer::new(String::new()).extend_pairs(&self.0).finish();
        let uri = &target.redirect_uri;
        let separator = match target.response_mode {
            ResponseMode::Fragment => '#',
            ResponseMode::Query | ResponseMode::FormPost if !uri.contains('?') => '?',
            ResponseMode::Query | ResponseMode::FormPost if uri.ends_with(['?', '&']) => {
                return format!("{uri}{parameters}");
            }
            ResponseMode::Query | ResponseMode::FormPost => '&',
        };
        format!("{uri}{separator}{parameters}")
    }
}

/// The redirect URI as a source of `form-action`: browsers check every hop of what a form leads to (CSP 3 §6.3.1). Its
/// origin; of a private scheme the scheme; `http:` for `[::1]`, which the grammar of sources does not know.
pub fn source(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    let origin = url.origin();
    if !origin.is_tuple() {
        return Some(format!("{}:", url.scheme()));
    }
    match url.host() {
        Some(url::Host::Ipv6(_)) => Some(format!("{}:", url.scheme())),
        _ => Some(origin.ascii_serialization()),
    }
}

/// Where the redirect URI leads, as people read it: the host with its port, or the scheme of a program on their device.
pub fn place(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return redirect_uri.to_owned() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) if url.origin().is_tuple() => format!("{host}:{port}"),
        (Some(host), None) if url.origin().is_tuple() => host.to_owned(),
        _ => format!("a program on your device ({})", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(redirect_uri: &str, response_mode: ResponseMode) -> Target {
        let state = Some("a b&c".to_owned());
        Target { redirect_uri: redirect_uri.to_owned(), redirect_uri_sent: true, state, response_mode }
    }

    #[test]
    fn keeps_the_redirect_uri_as_it_is() {
        const ADDED: &str = "code=x&state=a+b%26c&iss=https%3A%2F%2Fi";
        for (uri, mode, start) in [
            ("https://a.example/cb", ResponseMode::Query, "https://a.example/cb?"),
            ("https://a.example", ResponseMode::Query, "https://a.example?"),
            ("https://a.example/cb?x=%7e", ResponseMode::Query, "https://a.example/cb?x=%7e&"),
            ("https://a.example/cb?", ResponseMode::Query, "https://a.example/cb?"),
            ("https://a.example/cb?x=1", ResponseMode::Fragment, "https://a.example/cb?x=1#"),
            ("com.example.app:/cb", ResponseMode::Query, "com.example.app:/cb?"),
        ] {
            let target = target(uri, mode);
            let location = Answer::code("x", &target, "https://i").location(&target);
            assert_eq!(location, format!("{start}{ADDED}"));
        }
    }

    #[test]
    fn an_error_says_where_it_is_explained() {
        let target = Target { state: None, ..target("https://a.example/cb", ResponseMode::Query) };
        let error = OAuthError::invalid_request("wrong");
        let names: Vec<_> =
            Answer::error(&error, "u", &target, "i").parameters().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["error", "error_description", "error_uri", "iss"]);
    }

    #[test]
    fn names_what_a_form_may_lead_to() {
        for (uri, expected, words) in [
            ("https://a.example/cb?x=1", "https://a.example", "a.example"),
            ("https://a.example:8443/cb", "https://a.example:8443", "a.example:8443"),
            ("http://127.0.0.1:49152/cb", "http://127.0.0.1:49152", "127.0.0.1:49152"),
            ("http://[::1]:49152/cb", "http:", "[::1]:49152"),
            ("com.example.app:/cb", "com.example.app:", "a program on your device (com.example.app)"),
            ("com.example.app://cb/x", "com.example.app:", "a program on your device (com.example.app)"),
        ] {
            assert_eq!(source(uri).as_deref(), Some(expected));
            assert_eq!(place(uri), words);
        }
        assert_eq!(source("no address"), None);
    }
}
