//! The OpenAPI document against what is answered.

use gatehouse_core::portal::openapi;
use serde_json::Map;

use super::*;

fn document() -> Value {
    serde_json::from_str(OPENAPI).expect("the document is JSON")
}

#[test]
fn the_catalogue_reads_it() {
    let document = openapi::parse(OPENAPI).expect("the document is good");
    assert_eq!(document.title, "Results API");
    let paths: Vec<&str> = document.operations.iter().map(|operation| operation.path_template.as_str()).collect();
    assert_eq!(paths, ["/v2/sessionResults", "/v2/sessionResults/{sessionId}", "/v3/sessionResults/{sessionId}"]);
    let either = [vec!["public_api.read".to_owned()], vec!["studies:read".to_owned()]];
    assert!(document.operations.iter().all(|operation| operation.any_of_scopes == either));
    let scopes: Vec<&str> = document.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(scopes, ["public_api.read", "studies:read"]);
}

#[tokio::test]
async fn answers_and_examples_have_the_described_shape() {
    let document = document();
    let world = World::new().await;
    let list = format!("/v2/sessionResults?testId={}&limit=500", sample::TEST_ID);
    let mut paths = vec![("SessionList", list.clone())];
    let (_, body) = world.get(world.member, &list).await;
    for session in body["sessions"].as_array().expect("a list").iter().take(40) {
        let id = session["sessionId"].as_str().expect("an id");
        paths.push(("SessionDetailsV2", format!("/v2/sessionResults/{id}")));
        paths.push(("SessionDetails", format!("/v3/sessionResults/{id}")));
    }
    for (schema, path) in paths {
        let (_, body) = world.get(world.member, &path).await;
        check(&document, &document["components"]["schemas"][schema], &body, &path);
    }
    let (_, problem) = world.get(world.member, "/v3/sessionResults/1").await;
    check(&document, &document["components"]["schemas"]["Problem"], &problem, "a problem");
    check_examples(&document, &document["paths"]);
    check_examples(&document, &document["components"]["responses"]);
}

/// Every `example` beside a `schema`.
fn check_examples(document: &Value, value: &Value) {
    match value {
        Value::Object(members) => {
            if let (Some(schema), Some(example)) = (members.get("schema"), members.get("example")) {
                check(document, schema, example, "an example");
            }
            members.values().for_each(|member| check_examples(document, member));
        }
        Value::Array(items) => items.iter().for_each(|item| check_examples(document, item)),
        _ => {}
    }
}

/// As much of JSON Schema as the document uses.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    assert!(fits(document, schema, value, at), "{at}: {value} does not fit {schema}");
}

fn fits(document: &Value, schema: &Value, value: &Value, at: &str) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere");
        return fits(document, target, value, at);
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        return alternatives.iter().any(|alternative| fits(document, alternative, value, at));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|allowed| allowed == kind),
        allowed => allowed == kind,
    };
    let within = |name: &str, good: fn(i64, i64) -> bool| {
        schema[name].as_i64().zip(value.as_i64()).is_none_or(|(bound, number)| good(number, bound))
    };
    allowed
        && schema["enum"].as_array().is_none_or(|names| names.contains(value))
        && schema.get("const").is_none_or(|constant| constant == value)
        && within("minimum", |number, bound| number >= bound)
        && within("maximum", |number, bound| number <= bound)
        && value.as_array().is_none_or(|items| items.iter().all(|item| fits(document, &schema["items"], item, at)))
        && value.as_object().is_none_or(|members| fits_object(document, schema, members, at))
}

fn fits_object(document: &Value, schema: &Value, members: &Map<String, Value>, at: &str) -> bool {
    let required = schema["required"].as_array().expect("every object names its keys");
    required.iter().all(|name| members.contains_key(name.as_str().expect("is a name")))
        && members.iter().all(|(name, member)| {
            schema["properties"].get(name).is_some_and(|schema| fits(document, schema, member, at))
        })
}
