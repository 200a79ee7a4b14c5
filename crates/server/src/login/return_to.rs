//! Where somebody goes after signing in: a path of ours, checked after parsing (CVE-2024-39694).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::portal::at::At;
use crate::state::App;

/// Longest address that is kept: an authorization request with all that its pages have added.
const LONGEST: usize = 12_000;

/// The path with its query, or `/` for anything that is not a page at this base address.
pub(super) fn checked(text: &str, base_url: &str) -> String {
    path(text, base_url).unwrap_or_else(|| "/".to_owned())
}

/// The same for what is kept with a link of a mail: nothing for what leads to no page, or to the first one.
pub(super) fn kept(text: &str, base_url: &str) -> Option<String> {
    path(text, base_url).filter(|path| path != "/")
}

/// The address of a page (`/sign-in?done=x`, `/sign-up`) that carries it.
pub(super) fn with(page: &str, return_to: Option<&str>) -> String {
    let Some(return_to) = return_to else { return page.to_owned() };
    let sign = if page.contains('?') { '&' } else { '?' };
    format!("{page}{sign}return_to={}", utf8_percent_encode(return_to, NON_ALPHANUMERIC))
}

/// The same for one that has been checked, where `/` leads nowhere.
pub(super) fn carried(page: &str, checked: &str) -> String {
    with(page, Some(checked).filter(|path| *path != "/"))
}

/// The sign-in page that leads on to it, on the host where it is a page.
pub(super) fn sign_in(app: &App, done: &str, return_to: Option<&str>) -> String {
    // The two hosts have a sign-in page each.
    let home = return_to.map(|path| At::from_portal(app, path)).unwrap_or_default();
    let base = home.strip_suffix(return_to.unwrap_or_default()).unwrap_or_default();
    format!("{base}{}", with(&format!("/sign-in{done}"), return_to))
}

fn path(text: &str, base_url: &str) -> Option<String> {
    let one_slash = text.starts_with('/') && !text[1..].starts_with(['/', '\\']);
    if !one_slash || text.len() > LONGEST || text.chars().any(|c| c.is_control() || c == '\\') {
        return None;
    }
    let base = Url::parse(base_url).ok()?;
    let wanted = base.join(text).ok()?;
    // `/..//evil` has become `//evil` by now.
    let ours = wanted.origin() == base.origin() && !wanted.path().starts_with("//");
    let leads_on = !["/sign-in", "/sign-out", "/sign-up"].contains(&wanted.path());
    (ours && leads_on).then(|| match wanted.query() {
        Some(query) => format!("{}?{query}", wanted.path()),
        None => wanted.path().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours() {
        let ours = "https://portal.example:8443";
        for (text, expected) in [
            ("/applications?q=a&b=//c", "/applications?q=a&b=//c"),
            ("/apis/../requests#part", "/requests"),
            ("", "/"),
            ("applications", "/"),
            ("//evil.example", "/"),
            ("///evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/\r\nLocation: https://evil.example", "/"),
            ("/..//evil.example", "/"),
            ("/./\\evil.example", "/"),
            ("/%2e%2e//evil.example", "/"),
            ("https://portal.example:8443/x", "/"),
            ("https://evil.example/x", "/"),
            ("javascript:alert(1)", "/"),
            ("\u{a0}/x", "/"),
            ("/sign-in?return_to=/x", "/"),
            ("/sign-out", "/"),
        ] {
            assert_eq!(checked(text, ours), expected, "{text:?}");
        }
        assert_eq!(checked(&format!("/{}", "a".repeat(LONGEST)), ours), "/");
        assert_eq!(kept("/x?a=1", ours).as_deref(), Some("/x?a=1"));
        for nothing in ["", "/", "//evil.example", "/sign-up?return_to=/x"] {
            assert_eq!(kept(nothing, ours), None, "{nothing}");
        }
    }

    #[test]
    fn is_carried() {
        assert_eq!(with("/sign-up", None), "/sign-up");
        assert_eq!(with("/sign-up", Some("/x?a=1&b")), "/sign-up?return_to=%2Fx%3Fa%3D1%26b");
        assert_eq!(carried("/sign-up", "/"), "/sign-up");
        assert_eq!(carried("/sign-up", "/x"), "/sign-up?return_to=%2Fx");
        assert_eq!(with("/sign-in?done=verify", Some("/x")), "/sign-in?done=verify&return_to=%2Fx");
    }
}
