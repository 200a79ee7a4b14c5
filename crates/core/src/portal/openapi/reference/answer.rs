//! Parameters, bodies and answers of an operation.

use super::super::json::Json;
use super::schema::{self, Named};
use super::{Answer, Content, Field, Reader};

/// Most parameters, headers or answers of one operation.
const MOST: usize = 100;

/// Longest description of one parameter, field or answer.
const LONGEST_SENTENCE: usize = 2_000;

/// Longest example.
const LONGEST_EXAMPLE: usize = 20_000;

/// Those of the operation, then those of its path that it does not replace.
pub(super) fn parameters(reader: &mut Reader<'_>, item: &Json, operation: &Json) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let own = operation.get("parameters").map(Json::items).unwrap_or_default();
    let of_path = item.get("parameters").map(Json::items).unwrap_or_default();
    for parameter in own.iter().chain(of_path).take(MOST) {
        let parameter = followed(reader.root, parameter);
        let (name, place) = (parameter.text("name"), parameter.text("in"));
        let is_known = fields.iter().any(|field| field.name == name && field.place == place);
        if !name.is_empty() && !is_known && reader.takes_field() {
            fields.push(field(reader, name, place, parameter));
        }
    }
    fields
}

/// What the operation is sent.
pub(super) fn body(reader: &mut Reader<'_>, operation: &Json) -> Option<Content> {
    let body = followed(reader.root, operation.get("requestBody")?);
    content(reader, body)
}

/// What it answers, in the order of the document.
pub(super) fn answers(reader: &mut Reader<'_>, operation: &Json) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (status, answer) in operation.get("responses").map(Json::members).unwrap_or_default().iter().take(MOST) {
        let answer = followed(reader.root, answer);
        let mut headers = Vec::new();
        for (name, header) in answer.get("headers").map(Json::members).unwrap_or_default().iter().take(MOST) {
            let header = followed(reader.root, header);
            if reader.takes_field() {
                headers.push(field(reader, name, "header", header));
            }
        }
        answers.push(Answer {
            status: reader.text(status, 10),
            description: reader.text(answer.text("description"), LONGEST_SENTENCE),
            headers,
            content: content(reader, answer),
        });
    }
    answers
}

fn field(reader: &mut Reader<'_>, name: &str, place: &str, parameter: &Json) -> Field {
    let empty = Json::Null;
    let schema = parameter.get("schema").unwrap_or(&empty);
    let described = parameter.text("description");
    let described = if described.is_empty() { schema.text("description") } else { described };
    let mut rules = schema::rules(reader, schema);
    if let Some(example) = parameter.get("example") {
        rules.push(format!("for example {}", reader.text(&example.inline(), 200)));
    }
    Field {
        path: String::new(),
        name: reader.text(name, 200),
        place: reader.text(place, 20),
        kind: schema::kind(reader.root, schema),
        is_required: parameter.is_set("required"),
        description: reader.text(described, LONGEST_SENTENCE),
        rules,
    }
}

/// JSON where there is a choice of media types.
fn content(reader: &mut Reader<'_>, of: &Json) -> Option<Content> {
    let kinds = of.get("content")?.members();
    let (media_type, media) = kinds.iter().find(|(kind, _)| kind.contains("json")).or_else(|| kinds.first())?;
    let empty = Json::Null;
    let schema = media.get("schema").unwrap_or(&empty);
    let first = media.get("examples").and_then(|examples| examples.members().first());
    let named = first.and_then(|(_, example)| followed(reader.root, example).get("value"));
    let example = media.get("example").or(named).or_else(|| followed(reader.root, schema).get("example"));
    let example = match example {
        Some(Json::Text(text)) => text.clone(),
        Some(json) => json.pretty(),
        None => String::new(),
    };
    Some(Content {
        media_type: reader.text(media_type, 100),
        kind: schema::kind(reader.root, schema),
        fields: schema::fields(reader, Named { schema, path: String::new() }),
        example: reader.text(&example, LONGEST_EXAMPLE),
    })
}

/// What stands behind a reference, followed a few times at most; nothing for one that leads out of the document.
fn followed<'a>(root: &'a Json, mut at: &'a Json) -> &'a Json {
    for _ in 0..8 {
        match at.get("$ref") {
            Some(Json::Text(reference)) => at = root.resolve(reference).unwrap_or(&Json::Null),
            _ => break,
        }
    }
    at
}
