//! Forms of pages, read strictly: one content type, bounded, UTF-8, every field known and sent at most once
//! (`security.md` G, mass assignment).

use std::collections::BTreeMap;

use axum::RequestExt as _;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;

use super::{csrf, failed};
use crate::state::AppState;

/// Bytes of the largest form.
pub(super) const LARGEST: usize = 64 * 1024;

/// The fields of a form, in the order of their names as given to [`read`]. May hold a password: no `Debug`.
pub struct Form<const N: usize>(pub [String; N]);

/// Reads a form with these fields; one that was not sent is empty. `Err` is the status of a request that no form of
/// ours makes.
pub async fn read<const N: usize>(request: Request, fields: [&str; N]) -> Result<Form<N>, StatusCode> {
    parse(&body(request).await?, fields).ok_or(StatusCode::BAD_REQUEST)
}

/// The fields of a form of ours; the answer to one that is not, or that another site sends.
pub async fn fields<const N: usize>(
    app: &AppState,
    request: Request,
    names: [&str; N],
) -> Result<[String; N], Response> {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return Err(failed::form_refused(StatusCode::FORBIDDEN));
    }
    match read(request, names).await {
        Ok(Form(values)) => Ok(values),
        Err(status) => Err(failed::form_refused(status)),
    }
}

/// How often a form sends a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Once at most.
    Once,
    /// As often as it has values, as ticks do.
    Often,
}

/// The values of each field that was sent, by its name.
pub type Fields = BTreeMap<String, Vec<String>>;

/// Reads a form whose fields are not all known beforehand; `times` knows each of them, or refuses it.
pub async fn read_fields(request: Request, times: impl Fn(&str) -> Option<Times>) -> Result<Fields, StatusCode> {
    parse_fields(&body(request).await?, times).ok_or(StatusCode::BAD_REQUEST)
}

/// The whole body of a form. `Err` is the status of a request that no form makes.
pub(crate) async fn body(mut request: Request) -> Result<Bytes, StatusCode> {
    if !is_form(request.headers()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    DefaultBodyLimit::max(LARGEST).apply(&mut request);
    request.extract().await.map_err(|rejection: BytesRejection| rejection.status())
}

fn parse_fields(bytes: &[u8], times: impl Fn(&str) -> Option<Times>) -> Option<Fields> {
    let mut fields = Fields::new();
    for (name, value) in pairs(bytes)? {
        let times = times(&name)?;
        let values = fields.entry(name).or_default();
        if times == Times::Once && !values.is_empty() {
            return None;
        }
        values.push(value);
    }
    Some(fields)
}

fn parse<const N: usize>(bytes: &[u8], fields: [&str; N]) -> Option<Form<N>> {
    let mut values: [Option<String>; N] = std::array::from_fn(|_| None);
    for (name, value) in pairs(bytes)? {
        let slot = &mut values[fields.iter().position(|field| *field == name)?];
        if slot.replace(value).is_some() {
            return None;
        }
    }
    Some(Form(values.map(Option::unwrap_or_default)))
}

fn pairs(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Neither engine stores NUL.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

/// Whether the request says that its body is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_browsers_send() {
        let read = parse(b"name=Ann+Lee&email=ann%40example.com", ["email", "name", "password"]);
        assert_eq!(read.map(|form| form.0), Some(["ann@example.com", "Ann Lee", ""].map(str::to_owned)));
        assert_eq!(parse(b"", ["a"]).map(|form| form.0), Some([String::new()]));
    }

    #[test]
    fn refuses_the_rest() {
        let cases: [&[u8]; 7] = [b"a=1&a=2", b"a=1&b=2", b"a=%ff", b"a=\xff", b"a=%00", b"role=admin", b"a=1&a%00=2"];
        for body in cases {
            assert!(parse(body, ["a"]).is_none(), "{body:?}");
        }
    }

    #[test]
    fn only_ticks_come_often() {
        let times = |name: &str| match name {
            "scopes" => Some(Times::Often),
            "name" => Some(Times::Once),
            _ => None,
        };
        let read = parse_fields(b"scopes=a&name=Ann+Lee&scopes=b%26", times).expect("a form");
        assert_eq!(
            (read["name"].as_slice(), read["scopes"].as_slice()),
            (["Ann Lee".to_owned()].as_slice(), ["a".to_owned(), "b&".to_owned()].as_slice())
        );
        let cases: [&[u8]; 4] = [b"name=a&name=b", b"other=1", b"scopes=%00", b"scopes=\xff"];
        for body in cases {
            assert!(parse_fields(body, times).is_none(), "{body:?}");
        }
    }
}
