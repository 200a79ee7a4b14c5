//! JSON bodies and ids in paths, read strictly.
//!
//! A body is looked at twice: once whether it is JSON that says one thing only (no repeated member, no NUL, bounded
//! depth), once whether it is the wanted input. Errors name the field.

use std::collections::HashSet;
use std::fmt;

use axum::RequestExt;
use axum::body::HttpBody as _;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use bytes::Bytes;
use gatehouse_gate::problem::{FieldProblem, Problem};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::error::Refusal;

/// Members within members; more is an attack.
const DEEPEST: usize = 32;

/// A JSON body as a `T` with `deny_unknown_fields`.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

/// The id in the path, or a tuple of them. Text that is no id of the kind is nothing that exists: 404.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            let detail = "The body must be JSON: send Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail).into());
        }
        let bytes: Bytes = request.with_limited_body().extract().await.map_err(|rejection: BytesRejection| {
            match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "content_too_large",
                    "The body is larger than this API accepts.",
                ),
                _ => Problem::new(StatusCode::BAD_REQUEST, "incomplete_body", "The body could not be read to its end."),
            }
        })?;
        read(&bytes).map(Self)
    }
}

/// An input that may be left out: neither a body nor a type of one.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Refusal> {
        if !request.headers().contains_key(header::CONTENT_TYPE) && request.body().is_end_stream() {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(Problem::not_found("There is nothing at this address.").into()),
        }
    }
}

/// Reads an input.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        malformed(format!("The body is not UTF-8: byte {} cannot stand there.", error.valid_up_to()))
    })?;
    check(text)?;
    // serde would also take a list of the values in the order of the fields.
    if !text.trim_start().starts_with('{') {
        let detail = "The body must be a JSON object.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail).into());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| unfit(&error.path().to_string(), error.inner()))
}

/// Whether the text is one JSON value without repeated members, NUL and bottomless depth.
fn check(text: &str) -> Result<(), Refusal> {
    let mut json = serde_json::Deserializer::from_str(text);
    Strict { depth: 0 }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| malformed(format!("The body is not JSON that can be used: {error}.")))
}

fn malformed(detail: String) -> Refusal {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail).into()
}

/// serde's words, taken apart: which field, which kind of error.
fn unfit(path: &str, error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    // "… at line 1 column 20" means nothing to a program that wrote the JSON.
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let (field, code) = if message.starts_with("missing field") {
        (inside(path, quoted), "required")
    } else if message.starts_with("unknown field") {
        (path.to_owned(), "unknown_field")
    } else {
        (path.to_owned(), "invalid")
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", format!("{field}: {message}."))
        .with_errors(vec![FieldProblem::new(field, code, message)])
        .into()
}

fn inside(path: &str, field: &str) -> String {
    if path == "." { field.to_owned() } else { format!("{path}.{field}") }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Walks through a value and keeps nothing of it but the names of the members around.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom(format_args!("more than {DEEPEST} values inside each other")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        // Neither engine stores it.
        if text.contains('\0') { Err(E::custom("a text has a NUL character")) } else { Ok(()) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            inner.visit_str::<A::Error>(&name)?;
            members.next_value_seed(inner)?;
            if let Some(twice) = seen.replace(name) {
                return Err(A::Error::custom(format_args!("member {twice:?} appears twice")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Input {
        name: String,
        parts: Option<Vec<Part>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Part {
        count: u8,
    }

    fn refused(bytes: &[u8]) -> String {
        let refusal = read::<Input>(bytes).expect_err("refused");
        let problem = refusal.problem();
        format!("{} {problem:?}", problem.code())
    }

    #[test]
    fn accepts_the_wanted_input() {
        assert!(read::<Input>(br#" {"name":"x","parts":[{"count":3}]} "#).is_ok());
    }

    #[test]
    fn refuses_what_says_two_things_or_nothing() {
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        let cases: &[(&[u8], &str)] = &[
            (b"", "EOF"),
            (b"{", "EOF"),
            (b"{\"name\":\"x\"} x", "trailing"),
            (b"{\"name\":\"x\",\"name\":\"y\"}", "\\\"name\\\" appears twice"),
            (b"{\"name\":\"a\\u0000b\"}", "NUL"),
            (b"{\"a\\u0000b\":1}", "NUL"),
            (b"{\"name\":\"\xff\"}", "not UTF-8: byte 9"),
            (b"{name:1}", "key must be a string"),
            (b"{\"name\":'x'}", "expected value"),
            (b"{\"name\":NaN}", "expected"),
            (b"\xef\xbb\xbf{}", "expected value"),
            (deep.as_bytes(), "inside each other"),
        ];
        for (body, says) in cases {
            let text = refused(body);
            assert!(text.starts_with("malformed_json") && text.contains(says), "{says}: {text:.300}");
        }
    }

    #[test]
    fn names_the_field() {
        let cases: &[(&[u8], &str, &str)] = &[
            (b"{}", "name", "required"),
            (b"{\"name\":1}", "name", "invalid"),
            (b"{\"name\":\"x\",\"role\":\"admin\"}", "role", "unknown_field"),
            (b"{\"name\":\"x\",\"parts\":[{\"count\":1},{\"count\":300}]}", "parts[1].count", "invalid"),
            (b"{\"name\":\"x\",\"parts\":[{}]}", "parts[0].count", "required"),
            (b"{\"name\":\"x\",\"parts\":[{\"count\":1,\"b\":2}]}", "parts[0].b", "unknown_field"),
        ];
        for (body, field, code) in cases {
            let text = refused(body);
            assert!(text.contains(&format!("field: \"{field}\", code: \"{code}\"")), "{field}: {text}");
        }
    }
}
