//! Schemas, written out field by field.

use super::super::json::Json;
use super::{Field, Reader};

/// Deepest nesting that is written out.
const DEEPEST: usize = 8;

/// Most values of an enumeration that are named.
const MOST_VALUES: usize = 60;

/// A schema, and what stands before the names of its fields.
pub(super) struct Named<'a> {
    pub(super) schema: &'a Json,
    pub(super) path: String,
}

/// The fields of a schema and of the schemas in it. A schema within itself is named and not written out again.
pub(super) fn fields(reader: &mut Reader<'_>, named: Named<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    let root = reader.root;
    collect(reader, (root, named), &mut Vec::new(), &mut fields);
    fields
}

/// `within` are the references that led here.
fn collect<'a>(
    reader: &mut Reader<'_>,
    (root, Named { schema, path }): (&'a Json, Named<'a>),
    within: &mut Vec<&'a str>,
    fields: &mut Vec<Field>,
) {
    if within.len() >= DEEPEST || path.matches('.').count() >= DEEPEST {
        return;
    }
    if let Some(Json::Text(reference)) = schema.get("$ref") {
        if let Some(target) = root.resolve(reference).filter(|_| !within.contains(&reference.as_str())) {
            within.push(reference);
            collect(reader, (root, Named { schema: target, path }), within, fields);
            within.pop();
        }
        return;
    }
    for part in ["allOf", "oneOf", "anyOf"].iter().filter_map(|member| schema.get(member)).flat_map(Json::items) {
        collect(reader, (root, Named { schema: part, path: path.clone() }), within, fields);
    }
    let required = schema.get("required").map(Json::items).unwrap_or_default();
    for (name, property) in schema.get("properties").map(Json::members).unwrap_or_default() {
        if fields.iter().any(|field| field.path == path && field.name == *name) {
            continue;
        }
        if !reader.takes_field() {
            return;
        }
        let is_required = required.iter().any(|required| required.inline() == *name);
        fields.push(Field { is_required, ..field(reader, (&path, name), property) });
        let path = format!("{path}{name}.");
        collect(reader, (root, Named { schema: property, path }), within, fields);
    }
    if let Some(items) = schema.get("items") {
        let path = if path.is_empty() { "[].".to_owned() } else { format!("{}[].", path.trim_end_matches('.')) };
        collect(reader, (root, Named { schema: items, path }), within, fields);
    }
    if let Some(values @ Json::Object(_)) = schema.get("additionalProperties") {
        let path = format!("{path}{{key}}.");
        collect(reader, (root, Named { schema: values, path }), within, fields);
    }
}

fn field(reader: &mut Reader<'_>, (path, name): (&str, &str), property: &Json) -> Field {
    let target = match property.get("$ref") {
        Some(Json::Text(reference)) => reader.root.resolve(reference).unwrap_or(&Json::Null),
        _ => property,
    };
    let own = property.text("description");
    Field {
        path: reader.text(path, 500),
        name: reader.text(name, 200),
        kind: kind(reader.root, property),
        description: reader.text(if own.is_empty() { target.text("description") } else { own }, 2_000),
        rules: rules(reader, target),
        ..Field::default()
    }
}

/// What a schema is, in words: `string (uuid) or null`, `array of Task`, `Participant or null`.
pub(super) fn kind(root: &Json, schema: &Json) -> String {
    kind_at(root, schema, 0)
}

fn kind_at(root: &Json, schema: &Json, depth: usize) -> String {
    if depth > DEEPEST {
        return "object".to_owned();
    }
    if let Some(Json::Text(reference)) = schema.get("$ref") {
        let target = root.resolve(reference).unwrap_or(&Json::Null);
        let is_object = target.get("properties").is_some() || target.get("allOf").is_some();
        let name = reference.rsplit('/').next().unwrap_or_default();
        return if is_object { cut(name, 80) } else { kind_at(root, target, depth + 1) };
    }
    for member in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema.get(member).map(Json::items).filter(|parts| !parts.is_empty()) {
            let words: Vec<String> = parts.iter().take(6).map(|part| kind_at(root, part, depth + 1)).collect();
            return cut(&words.join(if member == "allOf" { " and " } else { " or " }), 300);
        }
    }
    let names: Vec<String> = match schema.get("type") {
        Some(Json::List(names)) => names.iter().take(8).map(Json::inline).collect(),
        Some(name) => vec![name.inline()],
        None if schema.get("properties").is_some() => vec!["object".to_owned()],
        None if schema.get("items").is_some() => vec!["array".to_owned()],
        None => vec!["any value".to_owned()],
    };
    let words = names.iter().map(|name| match (name.as_str(), schema.get("items"), schema.text("format")) {
        ("array", Some(items), _) => format!("array of {}", kind_at(root, items, depth + 1)),
        ("string" | "integer" | "number", _, format) if !format.is_empty() => format!("{name} ({})", cut(format, 40)),
        _ => cut(name, 40),
    });
    let mut words: Vec<String> = words.collect();
    if schema.is_set("nullable") {
        words.push("null".to_owned());
    }
    words.join(" or ")
}

/// Bounds, default and values, each in words.
pub(super) fn rules(reader: &mut Reader<'_>, schema: &Json) -> Vec<String> {
    let mut rules = Vec::new();
    for (least, most, unit) in [
        ("minimum", "maximum", ""),
        ("exclusiveMinimum", "exclusiveMaximum", " (exclusive)"),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ] {
        let of = |member| schema.get(member).filter(|value| matches!(value, Json::Number(_))).map(Json::inline);
        match (of(least), of(most)) {
            (Some(least), Some(most)) => rules.push(format!("{least} to {most}{unit}")),
            (Some(least), None) => rules.push(format!("at least {least}{unit}")),
            (None, Some(most)) => rules.push(format!("at most {most}{unit}")),
            (None, None) => {}
        }
    }
    for (member, words) in [("const", "always"), ("default", "default"), ("pattern", "pattern")] {
        if let Some(value) = schema.get(member) {
            rules.push(format!("{words} {}", reader.text(&value.inline(), 200)));
        }
    }
    let values = schema.get("enum").map(Json::items).unwrap_or_default();
    if !values.is_empty() {
        let named: Vec<String> = values.iter().take(MOST_VALUES).map(Json::inline).collect();
        let more = if values.len() > MOST_VALUES { ", …" } else { "" };
        rules.push(reader.text(&format!("one of {}{more}", named.join(", ")), 4_000));
    }
    for (member, words) in
        [("readOnly", "only in answers"), ("writeOnly", "only in requests"), ("deprecated", "deprecated")]
    {
        if schema.is_set(member) {
            rules.push(words.to_owned());
        }
    }
    rules
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}
