use serde_json::json;

use super::*;

fn document(paths: &str, schemas: &str) -> String {
    format!(
        r##"{{"openapi": "3.1.0", "info": {{"title": "T", "version": "1"}}, "servers": [{{"url": "/v2"}}],
            "security": [{{"oauth": ["a"]}}], "tags": [{{"name": "Zebras", "description": "Striped."}}],
            "paths": {paths},
            "components": {{"securitySchemes": {{"oauth": {{"type": "oauth2", "flows": {{"clientCredentials":
                {{"tokenUrl": "/t", "scopes": {{"a": "A"}}}}}}}}}}, "schemas": {schemas}}}}}"##
    )
}

fn paths() -> &'static str {
    r##"{"/zebras/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
                           {"name": "page", "in": "query", "schema": {"type": "integer"}}],
            "put": {"tags": ["Zebras"], "summary": "Paint a zebra", "description": "In *stripes*.", "deprecated": true,
                "parameters": [{"name": "page", "in": "query", "description": "Own.", "schema": {"type": "integer",
                    "minimum": 1, "maximum": 9, "default": 3}, "example": 5}],
                "requestBody": {"content": {"text/plain": {}, "application/json": {
                    "schema": {"$ref": "#/components/schemas/Zebra"}, "example": {"z": 1, "a": [2]}}}},
                "responses": {"200": {"description": "Painted."}, "404": {"description": "None."}}}},
        "/ants": {"get": {"responses": {}}}, "/ants/": {"get": {"responses": {}}}}"##
}

fn zebra() -> &'static str {
    r##"{"Zebra": {"type": "object", "required": ["stripes"], "properties": {
            "stripes": {"type": "array", "items": {"$ref": "#/components/schemas/Stripe"}, "maxItems": 4},
            "mother": {"anyOf": [{"$ref": "#/components/schemas/Zebra"}, {"type": "null"}], "description": "Older."},
            "mood": {"enum": ["good", null]}}},
        "Stripe": {"type": "object", "properties": {"colour": {"type": ["string", "null"]}}}}"##
}

#[test]
fn operations_stand_in_their_groups_in_order() {
    let reference = read(&document(paths(), zebra())).expect("reads");
    let groups: Vec<(&str, usize)> =
        reference.groups.iter().map(|group| (group.name.as_str(), group.operations.len())).collect();
    assert_eq!(groups, [("Zebras", 1), ("", 2)]);
    assert_eq!(reference.groups[0].description, "Striped.");
    let zebra = &reference.groups[0].operations[0];
    assert_eq!((zebra.anchor.as_str(), zebra.path_template.as_str()), ("put-v2-zebras-id", "/v2/zebras/{id}"));
    assert_eq!((zebra.summary.as_str(), zebra.description.as_str()), ("Paint a zebra", "In *stripes*."));
    assert!(zebra.is_deprecated && reference.is_whole);
    assert_eq!(zebra.any_of_scopes, [["a"]]);
    let anchors: Vec<&str> = reference.groups[1].operations.iter().map(|text| text.anchor.as_str()).collect();
    assert_eq!(anchors, ["get-v2-ants", "get-v2-ants-2"], "anchors are unique");
}

#[test]
fn parameters_of_the_operation_replace_those_of_the_path() {
    let reference = read(&document(paths(), zebra())).expect("reads");
    let parameters = &reference.groups[0].operations[0].parameters;
    let found: Vec<_> = parameters.iter().map(|field| (field.name.as_str(), field.place.as_str())).collect();
    assert_eq!(found, [("page", "query"), ("id", "path")]);
    assert_eq!(parameters[0].rules, ["1 to 9", "default 3", "for example 5"]);
    assert_eq!((parameters[1].kind.as_str(), parameters[1].is_required), ("string (uuid)", true));
}

#[test]
fn schemas_are_written_out_once() {
    let reference = read(&document(paths(), zebra())).expect("reads");
    let body = reference.groups[0].operations[0].body.as_ref().expect("a body");
    assert_eq!((body.media_type.as_str(), body.kind.as_str()), ("application/json", "Zebra"));
    let fields: Vec<String> =
        body.fields.iter().map(|field| format!("{}{}: {}", field.path, field.name, field.kind)).collect();
    let expected =
        ["stripes: array of Stripe", "stripes[].colour: string or null", "mother: Zebra or null", "mood: any value"];
    assert_eq!(fields, expected, "a zebra within a zebra is only named");
    assert_eq!(body.fields[0].rules, ["at most 4 items"]);
    assert!(body.fields[0].is_required && !body.fields[2].is_required);
    assert_eq!(body.fields[3].rules, ["one of good, null"]);
    assert_eq!(body.example, "{\n  \"z\": 1,\n  \"a\": [\n    2\n  ]\n}", "members keep their order");
}

#[test]
fn a_small_document_cannot_stand_for_an_endless_one() {
    // Each schema holds two of the next: without bounds 2^40 fields.
    let schema = |at: u32| {
        let next = json!({"$ref": format!("#/components/schemas/S{}", at + 1)});
        (format!("S{at}"), json!({"properties": {"a": next, "b": next}, "description": "x".repeat(3_000)}))
    };
    let schemas: serde_json::Map<String, serde_json::Value> = (0..40).map(schema).collect();
    let schemas = serde_json::Value::Object(schemas).to_string();
    let operation = r##"{"get": {"responses": {"200": {"description": "", "content": {"application/json":
        {"schema": {"$ref": "#/components/schemas/S0"}}}}}}}"##;
    let paths: Vec<String> = (0..200).map(|at| format!("\"/p{at}\": {operation}")).collect();
    let reference = read(&document(&format!("{{{}}}", paths.join(",")), &schemas)).expect("reads");
    assert!(!reference.is_whole);
    let operations = reference.groups.iter().flat_map(|group| &group.operations);
    let contents = operations.flat_map(|operation| &operation.answers).filter_map(|answer| answer.content.as_ref());
    let (mut fields, mut characters) = (0, 0);
    for field in contents.flat_map(|content| &content.fields) {
        fields += 1;
        characters += field.description.len() + field.name.len();
    }
    assert!(fields <= MOST_FIELDS && characters <= MOST_CHARACTERS, "{fields} {characters}");
    assert_eq!(reference.groups[0].operations.len(), 200, "every operation is named");
}

#[test]
fn references_that_go_in_circles_or_nowhere_end() {
    let schemas =
        r##"{"Zebra": {"$ref": "#/components/schemas/Stripe"}, "Stripe": {"$ref": "#/components/schemas/Zebra"}}"##;
    for schemas in [schemas, "{}", r##"{"Zebra": {"$ref": "https://elsewhere.example/#/x"}}"##] {
        let reference = read(&document(paths(), schemas)).expect("reads");
        assert!(reference.groups[0].operations[0].body.as_ref().is_some_and(|body| body.fields.is_empty()));
    }
}

proptest::proptest! {
    /// Whatever a document holds where schemas stand, reading ends and stays within its bounds.
    #[test]
    fn any_schema_is_survived(name in "[a-z$]{1,12}", value in "\\PC{0,40}") {
        let schema = json!({"Zebra": {name.clone(): value, "properties": {name: {"type": value, "enum": [value]}}}});
        proptest::prop_assert!(read(&document(paths(), &schema.to_string())).is_ok());
    }
}
