//! A token that ties a form to the browser that asked for it, beside what `Sec-Fetch-Site` says: another site cannot
//! sign a victim's browser in with an account of its own.
//!
//! The cookie holds a random value, the form its hash; neither is stored. `__Host-` keeps neighbours from planting it.

use gatehouse_core::random::{Random, bytes};
use gatehouse_core::secret::SecretHash;
use http::{HeaderMap, HeaderValue, header};

use crate::portal::visitor;

const WORD: &str = "gatehouse-form";
const DIGITS: usize = 32;

/// A value for the form, and the cookie to set when the browser has none.
pub(super) struct FormToken {
    pub(super) field: String,
    pub(super) set_cookie: Option<HeaderValue>,
}

impl FormToken {
    /// Of the browser that asks; several pages at once share one cookie.
    pub(super) fn of(headers: &HeaderMap, portal_url: &str, random: &dyn Random) -> Self {
        if let Some(value) = presented(headers, portal_url) {
            return Self { field: field(value), set_cookie: None };
        }
        let value: String = bytes::<{ DIGITS / 2 }>(random).iter().map(|byte| format!("{byte:02x}")).collect();
        let set_cookie = visitor::set_named(&visitor::named(WORD, portal_url), &value, "");
        Self { field: field(&value), set_cookie: Some(set_cookie) }
    }
}

/// Whether the form came from a page that this browser got.
pub(super) fn matches(headers: &HeaderMap, portal_url: &str, sent: &str) -> bool {
    // Equality of hashes takes the same time wherever two differ.
    presented(headers, portal_url).is_some_and(|value| SecretHash::of(&field(value)) == SecretHash::of(sent))
}

/// What this browser's forms hold, when it has asked for one.
pub(super) fn browser(headers: &HeaderMap, portal_url: &str) -> Option<String> {
    presented(headers, portal_url).map(field)
}

/// Sets the cookie where it is needed.
pub(super) fn with(mut response: axum::response::Response, token: &FormToken) -> axum::response::Response {
    if let Some(cookie) = &token.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

fn presented<'a>(headers: &'a HeaderMap, portal_url: &str) -> Option<&'a str> {
    let value = visitor::presented(headers, &visitor::named(WORD, portal_url))?;
    (value.len() == DIGITS && value.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(value)
}

fn field(value: &str) -> String {
    let hash = SecretHash::of(&format!("form token {value}"));
    hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use gatehouse_core::random::SeededRandom;

    use super::*;

    #[test]
    fn belongs_to_one_browser() {
        let random = SeededRandom::new(1);
        for (url, name) in [("https://a.example", "__Host-gatehouse-form"), ("http://localhost", "gatehouse-form")] {
            let token = FormToken::of(&HeaderMap::new(), url, &random);
            let cookie = token.set_cookie.expect("a cookie");
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            assert!(pair.starts_with(&format!("{name}=")), "{pair}");
            let mut headers = HeaderMap::new();
            assert!(!matches(&headers, url, &token.field), "no cookie");
            headers.insert(header::COOKIE, pair.parse().expect("a value"));
            assert!(matches(&headers, url, &token.field));
            assert!(FormToken::of(&headers, url, &random).set_cookie.is_none(), "it is kept");
            let other = FormToken::of(&HeaderMap::new(), url, &random);
            for wrong in ["", &other.field, pair.split_once('=').expect("a pair").1] {
                assert!(!matches(&headers, url, wrong), "{wrong}");
            }
        }
    }
}
