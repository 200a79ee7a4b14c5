//! What may be registered. The checks stand in the order in which a person would fix them; the last one asks a URL
//! parser whether it would have written the address the same way, which catches what no check before has thought of.

use url::{Host, Url};

use super::MAX_LENGTH;
use crate::portal::application::{ApplicationType, Environment};

/// Parameters of authorization answers. One in the registered query would be there twice in the answer, and some
/// clients believe the first (CVE-2026-9689).
const RESPONSE_PARAMETERS: [&str; 12] = [
    "code",
    "state",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "response",
    "id_token",
    "access_token",
    "token_type",
    "expires_in",
    "session_state",
];

/// Why a redirect URI cannot be registered. Names what is wrong, never repeats the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Nothing there.
    #[error("write the address that people are sent back to, such as https://example.com/callback")]
    Empty,
    /// Too long.
    #[error("the address is longer than 2,000 characters: keep data in your session, not in the address")]
    TooLong,
    /// Blanks, controls, backslashes, characters outside ASCII and others that RFC 3986 does not know.
    #[error(
        "the address holds a character that URLs do not allow (blank, tab, line end, backslash, quote, letter outside \
         ASCII): write it percent-encoded, and a host with special letters in its xn-- form"
    )]
    Characters,
    /// `%` without two hexadecimal digits.
    #[error("a % must be followed by two hexadecimal digits")]
    PercentEncoding,
    /// No scheme, or not a whole address.
    #[error("write a whole address: scheme, host and path, such as https://example.com/callback")]
    NotAbsolute,
    /// `HTTPS:`.
    #[error("write scheme and host in lower case: addresses are compared letter by letter")]
    UpperCase,
    /// A fragment.
    #[error("leave out the fragment (# and what follows): it never reaches your server")]
    Fragment,
    /// A wildcard.
    #[error("wildcards are not possible: register each address in full")]
    Wildcard,
    /// User name or password.
    #[error("leave out the user name (what stands before an @): it hides the real host")]
    UserInfo,
    /// `http` elsewhere.
    #[error("use https; plain http is possible only for http://127.0.0.1 and http://[::1], in sandbox also localhost")]
    PlainHttp,
    /// `localhost` in production.
    #[error("localhost is possible in sandbox only: use http://127.0.0.1 or http://[::1] for programs on a device")]
    Localhost,
    /// Another IP literal.
    #[error("use a host name instead of an IP address (only http://127.0.0.1 and http://[::1] are possible)")]
    IpLiteral,
    /// A scheme of one's own, in an application that is not native.
    #[error("private schemes are for native applications: use https")]
    PrivateScheme,
    /// A scheme that is nobody's own, among them `javascript:` and `data:`.
    #[error(
        "this scheme is not possible: use https, or for a native application a domain of yours reversed, such as com.example.app:/callback"
    )]
    Scheme,
    /// A host that is not one.
    #[error("write a full host name such as app.example.com, without a dot at the end")]
    Host,
    /// `/../`, `/./`, `//` in the path, also encoded.
    #[error(
        "leave out dot segments (/../, /./), empty segments (//) and encoded slashes: write the path as it is served"
    )]
    PathSegments,
    /// `code`, `state` and the like in the query.
    #[error("the query must not hold parameters of the answer (code, state, error, iss and the like): rename yours")]
    ResponseParameter,
    /// A parser would write it otherwise.
    #[error("browsers would write this address in another way (default port, encoding or host): register it that way")]
    NotCanonical,
}

impl RedirectUriError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::Characters => "invalid_characters",
            Self::PercentEncoding => "invalid_percent_encoding",
            Self::NotAbsolute => "not_absolute",
            Self::UpperCase => "upper_case",
            Self::Fragment => "fragment",
            Self::Wildcard => "wildcard",
            Self::UserInfo => "user_info",
            Self::PlainHttp => "plain_http",
            Self::Localhost => "localhost",
            Self::IpLiteral => "ip_literal",
            Self::PrivateScheme => "private_scheme",
            Self::Scheme => "scheme",
            Self::Host => "invalid_host",
            Self::PathSegments => "path_segments",
            Self::ResponseParameter => "response_parameter",
            Self::NotCanonical => "not_canonical",
        }
    }
}

/// Whether an application of this type and environment may register the URI.
pub fn check(uri: &str, of: ApplicationType, environment: Environment) -> Result<(), RedirectUriError> {
    check_characters(uri)?;
    let (scheme, rest) = uri.split_once(':').ok_or(RedirectUriError::NotAbsolute)?;
    if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(RedirectUriError::UpperCase);
    }
    match scheme {
        "https" | "http" => check_web(scheme, rest, environment)?,
        _ => check_private(scheme, rest, of)?,
    }
    check_path(path_of(rest))?;
    check_query(rest)?;
    check_canonical(uri)
}

/// The host of a registered URI: what a consent page names, and what a sector of pairwise subjects is made of.
pub fn host(uri: &str) -> Option<String> {
    Url::parse(uri).ok()?.host_str().map(str::to_owned)
}

fn check_characters(uri: &str) -> Result<(), RedirectUriError> {
    if uri.is_empty() {
        return Err(RedirectUriError::Empty);
    }
    if uri.len() > MAX_LENGTH {
        return Err(RedirectUriError::TooLong);
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    if !uri.bytes().all(known) {
        return Err(RedirectUriError::Characters);
    }
    let encoded = |after: &str| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !uri.split('%').skip(1).all(encoded) {
        return Err(RedirectUriError::PercentEncoding);
    }
    if uri.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    if uri.contains('*') {
        return Err(RedirectUriError::Wildcard);
    }
    Ok(())
}

/// `//host[:port]…` after `https:` or `http:`.
fn check_web(scheme: &str, rest: &str, environment: Environment) -> Result<(), RedirectUriError> {
    let authority = authority_of(rest).filter(|authority| !authority.is_empty());
    let authority = authority.ok_or(RedirectUriError::NotAbsolute)?;
    if authority.contains('@') {
        return Err(RedirectUriError::UserInfo);
    }
    if authority.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(RedirectUriError::UpperCase);
    }
    let url = Url::parse(&format!("{scheme}:{rest}")).map_err(|_| RedirectUriError::Host)?;
    let sandbox = environment == Environment::Sandbox;
    match (scheme, url.host()) {
        ("http", Some(Host::Ipv4(ip))) if ip.octets() == [127, 0, 0, 1] => Ok(()),
        ("http", Some(Host::Ipv6(ip))) if ip.is_loopback() => Ok(()),
        (_, Some(Host::Domain("localhost"))) if sandbox => Ok(()),
        (_, Some(Host::Domain("localhost"))) => Err(RedirectUriError::Localhost),
        (_, Some(Host::Ipv4(_) | Host::Ipv6(_))) => Err(RedirectUriError::IpLiteral),
        ("http", _) => Err(RedirectUriError::PlainHttp),
        (_, Some(Host::Domain(name))) if is_full_host_name(name) => Ok(()),
        _ => Err(RedirectUriError::Host),
    }
}

fn is_full_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

/// RFC 8252 §7.1: a domain of the developer's, reversed, so that no two parties use the same scheme.
fn check_private(scheme: &str, rest: &str, of: ApplicationType) -> Result<(), RedirectUriError> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    let own = scheme.split('.').count() > 1
        && scheme.split('.').all(|label| !label.is_empty())
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(letter);
    if !own {
        return Err(RedirectUriError::Scheme);
    }
    if of != ApplicationType::Native {
        return Err(RedirectUriError::PrivateScheme);
    }
    if !rest.starts_with('/') {
        return Err(RedirectUriError::NotAbsolute);
    }
    if authority_of(rest).is_some_and(|authority| authority.contains('@')) {
        return Err(RedirectUriError::UserInfo);
    }
    Ok(())
}

fn authority_of(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix("//")?;
    Some(after.split(['/', '?']).next().unwrap_or(after))
}

fn path_of(rest: &str) -> &str {
    let after = authority_of(rest).map_or(rest, |authority| &rest[2 + authority.len()..]);
    after.split('?').next().unwrap_or(after)
}

fn check_path(path: &str) -> Result<(), RedirectUriError> {
    let lower = path.to_ascii_lowercase();
    // Slash, backslash and controls in disguise: servers behind the address may decode them and see another path.
    let disguised = ["%2f", "%5c", "%7f"].iter().any(|code| lower.contains(code))
        || lower.split('%').skip(1).any(|after| after.starts_with(['0', '1']));
    let bad = |segment: &str| {
        // `..;x` is `..` to servers that cut path parameters off.
        let plain = segment.replace("%2e", ".").replace("%3b", ";");
        let name = plain.split(';').next().unwrap_or_default();
        name == "." || name == ".."
    };
    if disguised || lower.contains("//") || lower.split('/').any(bad) {
        return Err(RedirectUriError::PathSegments);
    }
    Ok(())
}

fn check_query(rest: &str) -> Result<(), RedirectUriError> {
    let Some((_, query)) = rest.split_once('?') else { return Ok(()) };
    // Some servers split at `;` too, and take `code[]` for `code`.
    for pair in query.split(['&', ';']) {
        let Some((name, _)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        let name = name.trim().to_ascii_lowercase();
        let name = name.split('[').next().unwrap_or_default();
        if RESPONSE_PARAMETERS.contains(&name) {
            return Err(RedirectUriError::ResponseParameter);
        }
    }
    Ok(())
}

/// An origin alone may go without its slash; otherwise what is registered must be what a browser would send.
fn check_canonical(uri: &str) -> Result<(), RedirectUriError> {
    let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAbsolute)?;
    let written = url.as_str();
    if written == uri || written.strip_suffix('/') == Some(uri) && url.path() == "/" {
        Ok(())
    } else {
        Err(RedirectUriError::NotCanonical)
    }
}
