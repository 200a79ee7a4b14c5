//! Bodies and addresses that cannot be used.

use serde_json::{Value, json};

use super::{Operator, read};
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn malformed_bodies_say_what_is_wrong() {
    let app = TestApp::sqlite().await;
    let operator = Operator::new(&app).await;
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    // Body, status, code, field, a piece of the text.
    let cases: &[(&[u8], u16, &str, &str, &str)] = &[
        (b"", 400, "malformed_json", "", "EOF"),
        (b"{", 400, "malformed_json", "", "EOF"),
        (b"null", 422, "invalid", "", "a JSON object"),
        (b"[\"x\",null,null]", 422, "invalid", "", "a JSON object"),
        (b"{\"name\":\"x\"}}", 400, "malformed_json", "", "trailing"),
        (b"{\"name\":\"x\",\"name\":\"y\"}", 400, "malformed_json", "", "twice"),
        (b"{\"name\":\"a\\u0000b\"}", 400, "malformed_json", "", "NUL"),
        (b"{\"name\":\"a\0b\"}", 400, "malformed_json", "", "control character"),
        (b"{\"name\":\"\xc3\x28\"}", 400, "malformed_json", "", "not UTF-8"),
        (b"{\"name\":\"\\ud800\"}", 400, "malformed_json", "", "hex escape"),
        (deep.as_bytes(), 400, "malformed_json", "", "inside each other"),
        (b"{}", 422, "invalid", "name", "missing field"),
        (b"{\"name\":7}", 422, "invalid", "name", "invalid type"),
        (b"{\"name\":null}", 422, "invalid", "name", "invalid type"),
        (b"{\"name\":\"x\",\"verified_at\":0}", 422, "invalid", "verified_at", "unknown field"),
        (b"{\"Name\":\"x\"}", 422, "invalid", "Name", "unknown field"),
        (b"{\"name\":\" \"}", 422, "invalid", "name", "enter a name"),
        (b"{\"name\":\"x\",\"homepage\":\"javascript:1\"}", 422, "invalid", "homepage", "https://"),
        (b"{\"name\":\"x\",\"owner\":\"nobody\"}", 422, "invalid", "owner", "user id"),
        (b"{\"name\":\"x\",\"owner\":\"nobody@example.com\"}", 422, "invalid", "owner", "no such user"),
    ];
    for (body, status, code, field, says) in cases {
        let request = operator.request("POST", "/organizations").header("content-type", "application/json");
        let (found, answer) = read(request.body(body.to_vec()).send().await.expect("an answer")).await;
        let text = answer.to_string();
        assert_eq!((found.as_u16(), answer["code"].as_str()), (*status, Some(*code)), "{says}: {text}");
        assert_eq!(answer["errors"][0]["field"].as_str().unwrap_or_default(), *field, "{says}: {text}");
        assert!(text.contains(says), "{says}: {text}");
    }
    assert_eq!(operator.done("GET", "/organizations", Value::Null).await, json!({"items": []}));
}

#[tokio::test]
async fn other_types_and_sizes_are_refused() {
    let app = TestApp::sqlite().await;
    let operator = Operator::new(&app).await;
    for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/json-seq", "application/jsonx"] {
        let request = operator.request("POST", "/organizations").header("content-type", kind);
        let (status, answer) = read(request.body("{\"name\":\"x\"}").send().await.expect("an answer")).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (415, Some("unsupported_media_type")), "{kind}");
    }
    let none = operator.request("POST", "/organizations").body("{\"name\":\"x\"}").send().await.expect("an answer");
    assert_eq!(none.status(), 415);
    let request = operator.request("POST", "/organizations").header("content-type", "application/json; charset=utf-8");
    assert_eq!(request.body("{\"name\":\"x\"}").send().await.expect("an answer").status(), 201);
    let large = json!({"name": "x".repeat(9 * 1024 * 1024)});
    assert_eq!(operator.refused("POST", "/organizations", large).await, (413, "content_too_large".to_owned()));
}

#[tokio::test]
async fn addresses_that_lead_nowhere() {
    on_each_engine(async |app: &TestApp| {
        let operator = Operator::new(app).await;
        let absent = "org_01kapkwryzzzzzzzzzzzzzzzzz";
        let cases = [
            ("GET", "/nothing".to_owned(), 404, "not_found"),
            ("GET", "/organizations/".to_owned(), 404, "not_found"),
            ("GET", "//organizations".to_owned(), 404, "not_found"),
            ("GET", format!("/organizations/{absent}"), 404, "not_found"),
            ("GET", format!("/organizations/{}", absent.to_uppercase()), 404, "not_found"),
            ("GET", format!("/organizations/{absent}%00"), 404, "not_found"),
            ("GET", "/organizations/%ff%fe".to_owned(), 404, "not_found"),
            ("GET", format!("/organizations/{}", "x".repeat(6_000)), 404, "not_found"),
            ("GET", "/organizations/usr_01kapkwryzzzzzzzzzzzzzzzzz".to_owned(), 404, "not_found"),
            ("PATCH", format!("/organizations/{absent}/members/{absent}"), 405, "method_not_allowed"),
            ("DELETE", "/organizations".to_owned(), 405, "method_not_allowed"),
        ];
        for (method, path, status, code) in cases {
            let found = operator.refused(method, &path, Value::Null).await;
            assert_eq!(found, (status, code.to_owned()), "{method} {path:.80}");
        }
        let wrong = operator.request("DELETE", "/organizations").send().await.expect("an answer");
        assert_eq!(wrong.headers()["allow"], "GET,HEAD,POST");
    })
    .await;
}
