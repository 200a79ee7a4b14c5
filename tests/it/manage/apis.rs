//! `/manage/v1/apis`, their versions and scopes

use serde_json::{Value, json};

use super::Operator;
use crate::support::{TestApp, on_each_engine};

fn document(path: &str, scope: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {path: {"get": {"security": [{"oauth": [scope]}]}}},
        "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {
            "clientCredentials": {"tokenUrl": "/t", "scopes": {scope: "See things."}},
        }}}},
    })
}

fn new_api(path: &str, scope: &str) -> Value {
    json!({"document": document(path, scope), "audience": format!("https://a.example{path}")})
}

async fn operator(app: &TestApp) -> Operator<'_> {
    let operator = Operator::new(app).await;
    operator.done("POST", "/servers", json!({"id": "default", "name": "D", "audience": "https://a.example"})).await;
    operator
}

#[tokio::test]
async fn goes_from_a_document_to_a_published_version() {
    on_each_engine(async |app: &TestApp| {
        let operator = operator(app).await;
        let api = operator.done("POST", "/apis", new_api("/v2/things", "things:read")).await;
        assert_eq!((&api["slug"], &api["state"]), (&json!("things"), &json!("draft")));
        let of = format!("/apis/{}", api["id"].as_str().expect("an id"));
        let published = operator.done("PATCH", &of, json!({"state": "published"})).await;
        assert_eq!(operator.done("GET", &of, Value::Null).await, published);
        assert_eq!(operator.done("GET", "/apis", Value::Null).await["items"], json!([published]));
        let versions = operator.done("GET", &format!("{of}/versions"), Value::Null).await;
        let version = format!("{of}/versions/{}", versions["items"][0]["id"].as_str().expect("an id"));
        assert_eq!(operator.done("POST", &format!("{version}/publish"), Value::Null).await["state"], "published");
        let end = json!({"sunset_at": "2027-01-31T00:00:00Z"});
        let deprecated = operator.done("POST", &format!("{version}/deprecate"), end).await;
        assert_eq!(deprecated["sunset_at"], "2027-01-31T00:00:00.000Z");
        let stored = operator.done("GET", &format!("{version}/document"), Value::Null).await;
        assert_eq!(stored, document("/v2/things", "things:read"));
        let other = json!({"document": document("/v2/others", "others:read")});
        operator.done("PUT", &format!("{version}/document"), other).await;
        assert_eq!(operator.done("POST", &format!("{version}/retire"), Value::Null).await["state"], "retired");
        let again = operator.refused("POST", &format!("{version}/publish"), Value::Null).await;
        assert_eq!(again, (409, "state".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn scopes_are_described_by_people() {
    let app = TestApp::sqlite().await;
    let operator = operator(&app).await;
    let api = operator.done("POST", "/apis", new_api("/v2/things", "things:read")).await;
    let of = format!("/apis/{}/scopes", api["id"].as_str().expect("an id"));
    let scopes = operator.done("GET", &of, Value::Null).await;
    let scope = format!("{of}/{}", scopes["items"][0]["id"].as_str().expect("an id"));
    let about = json!({"title": "Read", "sensitivity": "restricted", "consent": "flexible"});
    let edited = operator.done("PATCH", &scope, about).await;
    assert_eq!((&edited["title"], &edited["sentence"]), (&json!("Read"), &json!("See things.")));
    operator.done("POST", &of, json!({"name": "extra", "sentence": "More."})).await;
    assert_eq!(operator.done("GET", &of, Value::Null).await["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(operator.refused("PATCH", &scope, json!({"name": "x"})).await, (422, "invalid".to_owned()));
    operator.done("DELETE", &scope, Value::Null).await;
    assert_eq!(operator.refused("DELETE", &scope, Value::Null).await, (404, "not_found".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_named() {
    let app = TestApp::sqlite().await;
    let operator = operator(&app).await;
    let mut open = new_api("/v2/things", "things:read");
    open["document"]["paths"]["/v2/things"]["get"]["security"] = json!([]);
    let (status, answer) = operator.call("POST", "/apis", open).await;
    assert_eq!(status, 422);
    assert_eq!(answer["errors"][0]["field"], "document/paths/~1v2~1things/get/security");
    let cases = [(json!("text"), "document"), (json!({"swagger": "2.0"}), "document/swagger"), (json!([]), "document")];
    for (document, field) in cases {
        let api = json!({"document": document, "audience": "x"});
        let (status, answer) = operator.call("POST", "/apis", api).await;
        assert_eq!((status.as_u16(), &answer["errors"][0]["field"]), (422, &json!(field)), "{document}");
    }
    let (status, _) = operator.call("GET", "/apis/api_x", Value::Null).await;
    assert_eq!(status, 404);
}
