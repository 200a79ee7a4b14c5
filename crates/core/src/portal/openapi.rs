//! Reads an OpenAPI document (3.0 or 3.1, JSON) as far as the gate and the catalogue need it: what it is called, which
//! operations there are, and which scopes may call each.
//!
//! Bounded in size, depth and number. Whatever would let an operation through without a scope is an error that names
//! the place as a JSON pointer (RFC 6901), never a guess.

mod json;
mod operations;
pub mod reference;
mod scopes;

use serde_json::{Map, Value};

use crate::oauth::grant_type::GrantType;

/// Largest document in bytes.
pub const LARGEST_DOCUMENT: usize = 2 * 1024 * 1024;

/// Most operations of one document.
pub const MOST_OPERATIONS: usize = 1_000;

/// Most errors that are told at once.
const MOST_ERRORS: usize = 20;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// `info.title`.
    pub title: String,
    /// `info.description`, or nothing.
    pub description: String,
    /// `info.version`.
    pub version: String,
    /// Scopes of its OAuth 2.0 security schemes, in the order of their names.
    pub scopes: Vec<DescribedScope>,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// A scope as an OAuth 2.0 security scheme describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedScope {
    /// Its name.
    pub name: String,
    /// Its description, or nothing.
    pub description: String,
    /// From the flows that list it.
    pub grant_types: Vec<GrantType>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path under the gate, the path of the first server in front: `/v2/sessionResults/{sessionId}`.
    pub path_template: String,
    /// `operationId`.
    pub operation_id: Option<String>,
    /// Any one of these suffices; all scopes of that one are needed.
    pub any_of_scopes: Vec<Vec<String>>,
}

crate::text_enum! {
    /// HTTP methods of operations. TRACE is missing on purpose: it echoes tokens.
    Method, "method" {
        /// GET.
        Get = "GET",
        /// HEAD.
        Head = "HEAD",
        /// POST.
        Post = "POST",
        /// PUT.
        Put = "PUT",
        /// PATCH.
        Patch = "PATCH",
        /// DELETE.
        Delete = "DELETE",
        /// OPTIONS.
        Options = "OPTIONS",
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct DocumentError {
    /// JSON pointer into the document; empty for the whole.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Collects errors up to a bound.
#[derive(Debug, Default)]
struct Errors(Vec<DocumentError>);

impl Errors {
    fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < MOST_ERRORS {
            self.0.push(DocumentError { pointer: pointer.into(), message: message.into() });
        }
    }
}

/// Reads a document.
///
/// # Errors
/// Everything that is wrong with it, at most 20 places.
pub fn parse(text: &str) -> Result<Document, Vec<DocumentError>> {
    let mut errors = Errors::default();
    let root = read_json(text).map_err(|message| vec![DocumentError { pointer: String::new(), message }])?;
    check_version(&root, &mut errors);
    let info = root.get("info").and_then(Value::as_object);
    let document = Document {
        title: required_text(info, "title", &mut errors),
        description: info.and_then(|info| info.get("description")).and_then(Value::as_str).unwrap_or_default().into(),
        version: required_text(info, "version", &mut errors),
        scopes: scopes::read(&root, &mut errors),
        operations: operations::read(&root, &mut errors),
    };
    check_known_scopes(&document, &mut errors);
    if errors.0.is_empty() { Ok(document) } else { Err(errors.0) }
}

/// Nesting is bounded by the reader (128 levels).
fn read_json(text: &str) -> Result<Map<String, Value>, String> {
    if text.len() > LARGEST_DOCUMENT {
        return Err(format!("the document is larger than {} MiB", LARGEST_DOCUMENT / 1024 / 1024));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(root)) => Ok(root),
        Ok(_) => Err("an OpenAPI document is a JSON object".into()),
        Err(error) => Err(format!("not JSON ({error}): convert a YAML document to JSON first")),
    }
}

fn check_version(root: &Map<String, Value>, errors: &mut Errors) {
    let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if root.contains_key("swagger") {
        errors.add("/swagger", "Swagger 2.0 is not read: convert the document to OpenAPI 3");
    } else if !version.starts_with("3.0.") && !version.starts_with("3.1.") {
        errors.add("/openapi", "must be 3.0.x or 3.1.x");
    }
}

fn required_text(info: Option<&Map<String, Value>>, member: &str, errors: &mut Errors) -> String {
    let text = info.and_then(|info| info.get(member)).and_then(Value::as_str).unwrap_or_default().trim();
    if text.is_empty() {
        errors.add(format!("/info/{member}"), "is required");
    }
    text.to_owned()
}

/// Every scope that an operation asks for must be described, so that people can be told what it is.
fn check_known_scopes(document: &Document, errors: &mut Errors) {
    for operation in &document.operations {
        for name in operation.any_of_scopes.iter().flatten() {
            if !document.scopes.iter().any(|scope| scope.name == *name) {
                let place = format!("{} {}", operation.method, operation.path_template);
                errors.add("/components/securitySchemes", format!("{place} asks for the scope {name}: describe it"));
            }
        }
    }
}

/// One step of a JSON pointer.
fn escape(member: &str) -> String {
    member.replace('~', "~0").replace('/', "~1")
}

/// Where a document says that its API is, as an origin: the first of its servers, when that is an absolute address.
pub fn origin(document: &str) -> Option<String> {
    let document: Value = serde_json::from_str(document).ok()?;
    let url = url::Url::parse(document.pointer("/servers/0/url")?.as_str()?).ok()?;
    matches!(url.scheme(), "https" | "http").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests;
