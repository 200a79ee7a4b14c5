use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn good() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "2.0", "description": "All things."},
        "servers": [{"url": "https://api.example.com/v2/"}],
        "security": [{"oauth": ["things:read"]}, {"oauth": ["all"]}],
        "paths": {
            "x-note": "passed over",
            "/things": {"get": {"operationId": "list"}, "parameters": []},
            "/things/{id}": {
                "delete": {"security": [{"oauth": ["things:write", "things:read", "things:read"]}]},
                "summary": "one"
            },
        },
        "components": {"securitySchemes": {
            "oauth": {"type": "oauth2", "flows": {
                "clientCredentials": {"tokenUrl": "/t", "scopes": {"things:read": "Read.", "things:write": "Write.", "all": ""}},
                "authorizationCode": {"scopes": {"things:read": "Read."}},
                "implicit": {"scopes": {"gone": ""}},
            }},
            "key": {"type": "apiKey"},
        }},
    })
}

/// The good document with one member replaced (or, by null, removed).
fn with(pointer: &str, value: Value) -> String {
    let mut document = good();
    let (parent, member) = pointer.rsplit_once('/').expect("has a parent");
    let member = member.replace("~1", "/");
    let parent = document.pointer_mut(parent).expect("is there").as_object_mut().expect("is an object");
    if value.is_null() {
        parent.remove(&member);
    } else {
        parent.insert(member, value);
    }
    document.to_string()
}

#[test]
fn reads_what_the_gate_needs() {
    let document = parse(&good().to_string()).expect("parses");
    assert_eq!((document.title.as_str(), document.version.as_str()), ("Things", "2.0"));
    assert_eq!(
        document.operations,
        [
            Operation {
                method: Method::Get,
                path_template: "/v2/things".into(),
                operation_id: Some("list".into()),
                any_of_scopes: vec![vec!["things:read".into()], vec!["all".into()]],
            },
            Operation {
                method: Method::Delete,
                path_template: "/v2/things/{id}".into(),
                operation_id: None,
                any_of_scopes: vec![vec!["things:write".into(), "things:read".into()]],
            },
        ]
    );
    let names: Vec<_> = document.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(names, ["all", "things:read", "things:write"]);
    let all = [GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::DeviceCode];
    assert_eq!(document.scopes[1].grant_types, all);
}

#[test]
fn servers_may_be_left_out_or_relative() {
    for (servers, prefix) in [(Value::Null, ""), (json!([{"url": "/"}]), ""), (json!([{"url": "/a/b"}]), "/a/b")] {
        let document = parse(&with("/servers", servers)).expect("parses");
        assert_eq!(document.operations[0].path_template, format!("{prefix}/things"));
    }
}

#[test]
fn errors_name_the_place() {
    let cases = [
        ("/openapi", json!("2.0"), "/openapi"),
        ("/openapi", json!("3.2.0"), "/openapi"),
        ("/swagger", json!("2.0"), "/swagger"),
        ("/info/title", json!(" "), "/info/title"),
        ("/info/version", Value::Null, "/info/version"),
        ("/paths", Value::Null, "/paths"),
        ("/paths/~1things", json!(7), "/paths/~1things"),
        ("/paths/~1things/trace", json!({}), "/paths/~1things/trace"),
        ("/paths/~1things/$ref", json!("other.json"), "/paths/~1things/$ref"),
        ("/paths/~1things/servers", json!([]), "/paths/~1things/servers"),
        ("/paths/things", json!({}), "/paths/things"),
        ("/paths/~1things~1a{id}", json!({}), "/paths/~1things~1a{id}"),
        ("/paths/~1things~1{other}", json!({"delete": {}}), "/paths/~1things~1{other}/delete"),
        ("/servers", json!([{"url": "https://{host}/{base}"}]), "/servers/0/url"),
        ("/security", Value::Null, "/paths/~1things/get"),
        ("/security", json!([]), "/security"),
        ("/security", json!([{}]), "/security/0"),
        ("/security", json!([{"oauth": []}]), "/security/0"),
        ("/security", json!([{"key": []}]), "/security/0/key"),
        ("/security", json!([{"unknown": ["a"]}]), "/security/0/unknown"),
        ("/security", json!([{"oauth": ["undescribed"]}]), "/components/securitySchemes"),
        ("/paths/~1things/get/security", json!([]), "/paths/~1things/get/security"),
        ("/components/securitySchemes/other", json!({"$ref": "#/x"}), "/components/securitySchemes/other"),
    ];
    for (place, value, wanted) in cases {
        // Removing from a document that lacks the member, or a pointer whose parent is new, is an error of the test.
        let text = with(place, value);
        let errors = parse(&text).expect_err(wanted);
        assert_eq!(errors[0].pointer, wanted, "{errors:?}");
    }
}

#[test]
fn bad_texts_are_one_clear_error() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = " ".repeat(LARGEST_DOCUMENT + 1);
    for text in ["", "openapi: 3.1.0", "[]", "null", &deep, &large] {
        assert_eq!(parse(text).expect_err("is refused").len(), 1);
    }
}

#[test]
fn bounds() {
    let paths: Map<String, Value> = (0..=MOST_OPERATIONS).map(|n| (format!("/p{n}"), json!({"get": {}}))).collect();
    assert_eq!(parse(&with("/paths", paths.into())).expect_err("is refused")[0].pointer, "/paths");
    let wrong: Map<String, Value> = (0..100).map(|n| (format!("p{n}"), json!({}))).collect();
    assert_eq!(parse(&with("/paths", wrong.into())).expect_err("is refused").len(), MOST_ERRORS);
}

proptest! {
    #[test]
    fn any_text_is_safe(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    /// Whatever is cut out of a good document, no operation is left that anybody may call.
    #[test]
    fn no_change_opens_an_operation(at: prop::sample::Index, length in 1_usize..40) {
        let mut text = good().to_string();
        let at = at.index(text.len());
        text.replace_range(at..(at + length).min(text.len()), "");
        if let Ok(document) = parse(&text) {
            for operation in document.operations {
                prop_assert!(!operation.any_of_scopes.is_empty());
                prop_assert!(operation.any_of_scopes.iter().all(|scopes| !scopes.is_empty()));
            }
        }
    }
}
