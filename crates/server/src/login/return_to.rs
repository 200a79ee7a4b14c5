//! Where somebody goes after signing in: a path of ours, checked after parsing (CVE-2024-39694).

use url::Url;

/// Longest address that is kept: an authorization request with all that its pages have added.
const LONGEST: usize = 12_000;

/// The path with its query, or `/` for anything that is not a page at this base address.
pub(super) fn checked(text: &str, base_url: &str) -> String {
    path(text, base_url).unwrap_or_else(|| "/".to_owned())
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
    }
}
