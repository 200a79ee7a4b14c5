//! A document as a reference that people read: operations in groups, their parameters, bodies and answers, schemas
//! written out field by field.
//!
//! Everything here is text of strangers. It is bounded (fields, characters, depth) whatever the document says, since
//! references let a small document stand for an endless one; whoever shows it escapes it.

mod answer;
mod schema;

use std::collections::{HashMap, HashSet};

use self::answer::{answers, body, parameters};
use super::json::Json;
use super::{DocumentError, Errors, Method, operations, parse, read_json};

/// Most fields that are written out for one document.
const MOST_FIELDS: usize = 6_000;

/// Most characters of descriptions and examples together.
const MOST_CHARACTERS: usize = 1_000_000;

/// Longest description of an operation or group.
const LONGEST_DESCRIPTION: usize = 8_000;

/// The whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// In the order of the document's tags, then of their first use.
    pub groups: Vec<Group>,
    /// Whether everything fitted in; otherwise the document itself says more.
    pub is_whole: bool,
}

/// Operations that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The tag; nothing for operations without one.
    pub name: String,
    /// Markdown.
    pub description: String,
    /// In the order of the document.
    pub operations: Vec<OperationText>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationText {
    /// Unique within the reference; letters, digits and `-`.
    pub anchor: String,
    /// The method.
    pub method: Method,
    /// As callers write it after the base address.
    pub path_template: String,
    /// A few words, or the method and path.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// Whether it is announced to end.
    pub is_deprecated: bool,
    /// Any one of these suffices; all scopes of that one are needed.
    pub any_of_scopes: Vec<Vec<String>>,
    /// In the path, the query or a header.
    pub parameters: Vec<Field>,
    /// What is sent.
    pub body: Option<Content>,
    /// By status.
    pub answers: Vec<Answer>,
}

/// A parameter, header, or field of a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What stands before the name: `sessions[].` of a field, nothing of a parameter.
    pub path: String,
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`; nothing for a field.
    pub place: String,
    /// `string (uuid) or null`
    pub kind: String,
    /// Whether it is always there.
    pub is_required: bool,
    /// Markdown.
    pub description: String,
    /// Bounds, default and values, each in words.
    pub rules: Vec<String>,
}

/// A body in one media type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// `application/json`
    pub media_type: String,
    /// What it is: `array of Thing`.
    pub kind: String,
    /// The schema, written out.
    pub fields: Vec<Field>,
    /// JSON, indented, or text.
    pub example: String,
}

/// What comes back for one status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `200`, `4XX` or `default`.
    pub status: String,
    /// Markdown.
    pub description: String,
    /// Headers worth knowing.
    pub headers: Vec<Field>,
    /// The body, where there is one.
    pub content: Option<Content>,
}

impl Answer {
    /// Whether the call did what was asked.
    pub fn is_success(&self) -> bool {
        self.status.starts_with(['2', '3'])
    }
}

/// The document, and how much may still be written out.
struct Reader<'a> {
    root: &'a Json,
    fields_left: usize,
    characters_left: usize,
}

impl Reader<'_> {
    /// A text, cut at `longest` and at what is left for the document.
    fn text(&mut self, text: &str, longest: usize) -> String {
        let most = longest.min(self.characters_left);
        let cut: String = text.trim().chars().take(most).collect();
        self.characters_left = self.characters_left.saturating_sub(cut.chars().count());
        cut
    }

    /// Whether another field may be written out.
    fn takes_field(&mut self) -> bool {
        let takes = self.fields_left > 0;
        self.fields_left = self.fields_left.saturating_sub(1);
        takes
    }
}

/// Writes a document out.
///
/// # Errors
/// As [`parse`].
pub fn read(text: &str) -> Result<Reference, Vec<DocumentError>> {
    let document = parse(text)?;
    let unreadable = |message: String| vec![DocumentError { pointer: String::new(), message }];
    let plain = read_json(text).map_err(unreadable)?;
    let prefix = operations::server_path(&plain, &mut Errors::default());
    let root: Json = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let scopes: HashMap<(Method, String), Vec<Vec<String>>> = document
        .operations
        .into_iter()
        .map(|operation| ((operation.method, operation.path_template), operation.any_of_scopes))
        .collect();
    let mut reader = Reader { root: &root, fields_left: MOST_FIELDS, characters_left: MOST_CHARACTERS };
    let mut groups = tags(&mut reader);
    let mut anchors = HashSet::new();
    for (path, item) in root.get("paths").map(Json::members).unwrap_or_default() {
        for (member, operation) in item.members() {
            let Some(method) = operations::method(member) else { continue };
            let path_template = format!("{prefix}{path}");
            let Some(any_of_scopes) = scopes.get(&(method, path_template.clone())) else { continue };
            let anchor = anchor(&mut anchors, method, &path_template);
            let place = Place { anchor, method, path_template, any_of_scopes: any_of_scopes.clone() };
            let text = describe(&mut reader, place, item, operation);
            let tag = operation.get("tags").and_then(|tags| tags.items().first()).map(Json::inline);
            group(&mut groups, tag.unwrap_or_default()).operations.push(text);
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    Ok(Reference { groups, is_whole: reader.fields_left > 0 && reader.characters_left > 0 })
}

/// Where an operation stands.
struct Place {
    anchor: String,
    method: Method,
    path_template: String,
    any_of_scopes: Vec<Vec<String>>,
}

fn describe(reader: &mut Reader<'_>, place: Place, item: &Json, operation: &Json) -> OperationText {
    let Place { anchor, method, path_template, any_of_scopes } = place;
    let summary = reader.text(operation.text("summary"), 200);
    OperationText {
        summary: if summary.is_empty() { format!("{method} {path_template}") } else { summary },
        description: reader.text(operation.text("description"), LONGEST_DESCRIPTION),
        is_deprecated: operation.is_set("deprecated"),
        parameters: parameters(reader, item, operation),
        body: body(reader, operation),
        answers: answers(reader, operation),
        anchor,
        method,
        path_template,
        any_of_scopes,
    }
}

fn tags(reader: &mut Reader<'_>) -> Vec<Group> {
    let tags = reader.root.get("tags").map(Json::items).unwrap_or_default();
    let group = |tag: &Json| Group {
        name: tag.text("name").to_owned(),
        description: reader.text(tag.text("description"), LONGEST_DESCRIPTION),
        operations: Vec::new(),
    };
    tags.iter().map(group).collect()
}

fn group(groups: &mut Vec<Group>, name: String) -> &mut Group {
    let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
        groups.push(Group { name, description: String::new(), operations: Vec::new() });
        groups.len() - 1
    });
    &mut groups[at]
}

/// `get-v2-sessionResults`; a number follows where two paths would have the same.
fn anchor(taken: &mut HashSet<String>, method: Method, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let base = words.fold(method.as_str().to_ascii_lowercase(), |anchor, word| anchor + "-" + word);
    let mut anchor = base.clone();
    let mut number = 2;
    while !taken.insert(anchor.clone()) {
        anchor = format!("{base}-{number}");
        number += 1;
    }
    anchor
}

#[cfg(test)]
mod tests;
