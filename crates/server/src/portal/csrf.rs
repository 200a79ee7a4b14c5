//! Whether a POST comes from a page of ours (`product.md`, what every screen keeps).
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site`; those that do not, or that are asked over plain http
//! off the machine, send `Origin` with every POST. One of the two must speak for us; `null` never does. Pages with
//! forms therefore send `Referrer-Policy: same-origin`: with `no-referrer` the origin of our own POST would be `null`.

use http::HeaderMap;
use url::Url;

/// `portal_url`: where browsers see us, from the configuration, never from the request.
pub fn is_ours(headers: &HeaderMap, portal_url: &str) -> bool {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap_or_default());
        if values.next().is_some() { Some("") } else { value }
    };
    match (one("sec-fetch-site"), one("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => is_origin(origin, portal_url),
        (None, None) => false,
    }
}

fn is_origin(origin: &str, portal_url: &str) -> bool {
    let ours = Url::parse(portal_url).map(|url| url.origin());
    ours.is_ok_and(|ours| ours.is_tuple() && ours.ascii_serialization() == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)))
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    #[test]
    fn one_header_must_speak_for_us() {
        let ours = "https://developer.example.com/";
        let cases: &[(&[(&'static str, &'static str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://developer.example.com")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://developer.example.com")], true),
            (&[("origin", "https://developer.example.com:443")], false),
            (&[("origin", "http://developer.example.com")], false),
            (&[("origin", "https://developer.example.com.evil.example")], false),
            (&[("origin", "https://example.com")], false),
            (&[("origin", "null")], false),
            (&[("origin", "")], false),
            (&[("origin", "https://developer.example.com"), ("origin", "https://evil.example")], false),
            (&[("referer", "https://developer.example.com/x")], false),
            (&[], false),
        ];
        for (pairs, expected) in cases {
            assert_eq!(is_ours(&headers(pairs), ours), *expected, "{pairs:?}");
        }
        assert!(is_ours(&headers(&[("origin", "http://localhost:8080")]), "http://localhost:8080"));
        assert!(!is_ours(&headers(&[("origin", "null")]), "not a url"));
    }
}
