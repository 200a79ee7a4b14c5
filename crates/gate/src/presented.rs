//! Finds the access token in a request (RFC 6750 §2.1, and the header `token` of `results-api.md`).
//!
//! A request that shows a token in two ways is refused rather than read in one of them, and one that shows it in the
//! address is refused although it may be good: addresses end up in logs and histories.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::refusal::Refusal;

/// The header that the Results API's callers know.
pub const TOKEN: HeaderName = HeaderName::from_static("token");

/// Query parameters that would carry a token.
const IN_QUERY: &[&str] = &["token", "access_token"];

/// The token of a request.
pub(crate) fn find<'a>(headers: &'a HeaderMap, query: Option<&str>) -> Result<&'a str, Refusal> {
    if query.is_some_and(names_token) {
        return Err(Refusal::TokenInQuery);
    }
    let plain = only(headers, &TOKEN)?.map(plain).transpose()?;
    let bearer = only(headers, &AUTHORIZATION)?.map(bearer).transpose()?;
    match (plain, bearer) {
        (None, None | Some(None)) => Err(Refusal::NoToken),
        (Some(token), None) | (None, Some(Some(token))) => Ok(token),
        (Some(one), Some(Some(other))) if one == other => Ok(one),
        (Some(_), Some(_)) => Err(Refusal::TwoTokens),
    }
}

/// The one value of a header; two lines of it are refused even when equal.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        _ => Err(Refusal::RepeatedHeader),
    }
}

fn plain(value: &HeaderValue) -> Result<&str, Refusal> {
    let text = value.to_str().map_err(|_| Refusal::MalformedHeader)?.trim_matches([' ', '\t']);
    if text.len() >= 7 && text.as_bytes()[..6].eq_ignore_ascii_case(b"bearer") && text.as_bytes()[6] == b' ' {
        return Err(Refusal::BearerInTokenHeader);
    }
    token68(text)
}

/// `None` for another scheme: it says nothing about a bearer token.
fn bearer(value: &HeaderValue) -> Result<Option<&str>, Refusal> {
    let text = value.to_str().map_err(|_| Refusal::MalformedHeader)?.trim_matches([' ', '\t']);
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    token68(rest.trim_start_matches(' ')).map(Some)
}

/// `b64token` of RFC 6750 §2.1.
fn token68(text: &str) -> Result<&str, Refusal> {
    let body = text.trim_end_matches('=');
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if !body.is_empty() && body.bytes().all(good) { Ok(text) } else { Err(Refusal::MalformedHeader) }
}

fn names_token(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        IN_QUERY.iter().any(|refused| name.eq_ignore_ascii_case(refused))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).expect("a header value"));
        }
        headers
    }

    #[test]
    fn finds_the_token() {
        for lines in [
            &[("token", b"a.b.c".as_slice())] as &[(&'static str, &[u8])],
            &[("authorization", b"Bearer a.b.c")],
            &[("authorization", b"bEARER   a.b.c")],
            &[("token", b" a.b.c\t")],
            &[("token", b"a.b.c"), ("authorization", b"Bearer a.b.c")],
        ] {
            assert_eq!(find(&headers(lines), Some("testId=1&limit=2")).expect("found"), "a.b.c", "{lines:?}");
        }
        assert_eq!(find(&headers(&[("token", b"a+/~_-.b==")]), None).expect("found"), "a+/~_-.b==");
    }

    #[test]
    fn refuses_the_rest() {
        use Refusal::{BearerInTokenHeader, MalformedHeader, NoToken, RepeatedHeader, TwoTokens};
        for (lines, refusal) in [
            (&[] as &[(&'static str, &[u8])], NoToken),
            (&[("authorization", b"Basic YTpi".as_slice())], NoToken),
            (&[("authorization", b"Bearera.b.c")], NoToken),
            (&[("authorization", b"")], NoToken),
            (&[("authorization", b"DPoP a.b.c")], NoToken),
            (&[("authorization", b"Bearer")], MalformedHeader),
            (&[("authorization", b"Bearer ")], MalformedHeader),
            (&[("authorization", b"Bearer a b")], MalformedHeader),
            (&[("authorization", b"Bearer a,b")], MalformedHeader),
            (&[("authorization", b"Bearer\ta.b.c")], NoToken),
            (&[("authorization", b"Bearer \xff")], MalformedHeader),
            (&[("token", b"")], MalformedHeader),
            (&[("token", b"=")], MalformedHeader),
            (&[("token", b"a=b")], MalformedHeader),
            (&[("token", b"a b")], MalformedHeader),
            (&[("token", b"\xc3\xa9")], MalformedHeader),
            (&[("token", b"\"a.b.c\"")], MalformedHeader),
            (&[("token", b"Bearer a.b.c")], BearerInTokenHeader),
            (&[("token", b"a"), ("token", b"a")], RepeatedHeader),
            (&[("authorization", b"Bearer a"), ("authorization", b"Bearer a")], RepeatedHeader),
            (&[("authorization", b"Bearer a"), ("authorization", b"Basic YTpi")], RepeatedHeader),
            (&[("token", b"a"), ("authorization", b"Bearer b")], TwoTokens),
            (&[("token", b"a"), ("authorization", b"Basic YTpi")], TwoTokens),
        ] {
            assert_eq!(find(&headers(lines), None), Err(refusal), "{lines:?}");
        }
    }

    #[test]
    fn refuses_tokens_in_the_address() {
        let good = headers(&[("token", b"a.b.c")]);
        for query in ["token=a", "access_token=a", "x=1&token=", "token", "%74oken=a", "Access_Token=a", "a&&token=b"] {
            assert_eq!(find(&good, Some(query)), Err(Refusal::TokenInQuery), "{query}");
        }
        for query in ["", "tokens=a", "x=token", "mytoken=a", "%ff=a"] {
            assert!(find(&good, Some(query)).is_ok(), "{query}");
        }
    }
}
