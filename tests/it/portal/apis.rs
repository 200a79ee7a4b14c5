//! `/apis` and `/apis/{slug}`: what visitors see of the catalogue, and that texts of documents are only texts.

use std::time::Duration;

use gatehouse_server::actions::apis::{self, ChangeVersion, VersionChange};
use gatehouse_server::actions::servers;
use serde_json::{Value, json};

use crate::support::world::input;
use crate::support::{TestApp, on_each_engine};

/// In whatever place it stands, it must come out as text.
const HOSTILE: &str = "</code></title></textarea>\"'><script>alert(1)</script><img src=x onerror=alert(2)>";

async fn with_server(app: &TestApp) {
    let server = json!({"id": "default", "name": "D", "audience": "https://default.example"});
    servers::create(app.ctx(), &TestApp::actor(), input(server)).await.expect("a server");
}

fn document(title: &str, path: &str) -> Value {
    let scope = format!("{}:read", path.trim_start_matches('/').replace('/', "_"));
    json!({
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": format!("All about {title}.\n\nAnd **more**.")},
        "tags": [{"name": "Things", "description": "What there is."}],
        "paths": {path: {"get": {
            "tags": ["Things"], "summary": format!("List {title}"), "security": [{"oauth": [scope]}],
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 7}}],
            "responses": {"200": {"description": "A list.", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Thing"}, "example": {"zeta": 1, "alpha": 2}}}}},
        }}},
        "components": {
            "schemas": {"Thing": {"type": "object", "properties": {"zeta": {"type": "integer"}}}},
            "securitySchemes": {"oauth": {"type": "oauth2", "flows": {
                "clientCredentials": {"tokenUrl": "/t", "scopes": {scope: format!("See {title}.")}},
            }}},
        },
    })
}

async fn add(app: &TestApp, document: &Value, path: &str, state: &str) -> String {
    let api = json!({"document": document, "audience": format!("https://a.example{path}"), "state": state});
    apis::create(app.ctx(), &TestApp::actor(), input(api)).await.expect("an API").slug
}

async fn html(app: &TestApp, path: &str) -> String {
    let page = app.get(path).await;
    assert_eq!(page.status(), 200, "{path}");
    page.text().await.expect("text")
}

#[tokio::test]
async fn an_api_that_is_not_behind_the_gate_says_where_it_is() {
    let app = TestApp::sqlite().await;
    with_server(&app).await;
    let mut elsewhere = document("Zebras", "/zebras");
    elsewhere["servers"] = json!([{"url": "https://zoo.example/v1"}]);
    add(&app, &elsewhere, "/zebras", "published").await;
    let page = html(&app, "/apis/zebras").await;
    for part in ["https://zoo.example</code>", "not through the gate", "curl \"https://zoo.example/v1/zebras\""] {
        assert!(page.contains(&part.replace('"', "&#34;")) || page.contains(part), "{part}: {page}");
    }
    add(&app, &document("Lions", "/lions"), "/lions", "published").await;
    assert!(html(&app, "/apis/lions").await.contains(&app.base), "a document that does not say");
}

#[tokio::test]
async fn visitors_see_what_is_published_and_nothing_else() {
    on_each_engine(async |app: &TestApp| {
        with_server(app).await;
        let shown = add(app, &document("Zebras", "/v1/zebras"), "/v1/zebras", "published").await;
        let draft = add(app, &document("Hidden", "/v1/hidden"), "/v1/hidden", "draft").await;
        for path in ["/", "/apis"] {
            let page = html(app, path).await;
            assert!(page.contains("Zebras") && page.contains("/apis/zebras") && !page.contains("Hidden"), "{path}");
        }
        let page = html(app, &format!("/apis/{shown}")).await;
        for part in [
            "<h1>Zebras</h1>",
            "All about Zebras.",
            "<strong>more</strong>",
            "v1_zebras:read",
            "See Zebras.",
            "10 calls a minute",
            "https://a.example/v1/zebras",
            "/oauth2/default/v1/token",
            "href=\"/apis/zebras/request\"",
            "id=\"get-v1-zebras\"",
            "href=\"#get-v1-zebras\"",
            "List Zebras",
            "at most 7",
            "A list.",
            "&#34;zeta&#34;: 1",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        for path in [
            format!("/apis/{draft}"),
            format!("/apis/{draft}/openapi.json"),
            "/apis/nothing".to_owned(),
            format!("/apis/{shown}?version=9"),
            "/apis/%00".to_owned(),
            format!("/apis/{}", "x".repeat(3_000)),
        ] {
            assert_eq!(app.get(&path).await.status(), 404, "{path:.60}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_by_every_word() {
    let app = TestApp::sqlite().await;
    with_server(&app).await;
    add(&app, &document("Zebras", "/v1/zebras"), "/v1/zebras", "published").await;
    add(&app, &document("Ants", "/v1/ants"), "/v1/ants", "published").await;
    for (search, zebras, ants) in [
        ("", true, true),
        ("ZEBRAS", true, false),
        ("about+ants", false, true),
        ("v1_zebras:read", true, false),
        ("zebras+ants", false, false),
        ("%3Cscript%3E", false, false),
    ] {
        let page = html(&app, &format!("/apis?q={search}")).await;
        let found = (page.contains("/apis/zebras"), page.contains("/apis/ants"));
        assert_eq!(found, (zebras, ants), "{search}");
        assert!(!page.contains("<script>"));
    }
    assert!(html(&app, "/apis?q=none").await.contains("Show all APIs"));
    assert!(html(&app, &format!("/apis?q={}", "x".repeat(5_000))).await.len() < 20_000);
}

#[tokio::test]
async fn texts_of_a_document_are_only_texts() {
    let app = TestApp::sqlite().await;
    with_server(&app).await;
    let mut hostile = document("Zebras", "/v1/zebras");
    hostile["info"]["title"] = json!("Zebras <script>alert(0)</script>");
    hostile["info"]["description"] = json!(format!("{HOSTILE} [x](javascript:alert(3)) ![x](https://t.example/x.png)"));
    hostile["tags"][0] = json!({"name": HOSTILE, "description": HOSTILE});
    let operation = &mut hostile["paths"]["/v1/zebras"]["get"];
    operation["tags"] = json!([HOSTILE]);
    operation["summary"] = json!(HOSTILE);
    operation["description"] = json!(HOSTILE);
    operation["parameters"] = json!([{
        "name": HOSTILE, "in": HOSTILE, "required": true, "description": HOSTILE, "example": HOSTILE,
        "schema": {"type": HOSTILE, "format": HOSTILE, "enum": [HOSTILE], "default": HOSTILE, "pattern": HOSTILE},
    }]);
    operation["requestBody"] = json!({"content": {HOSTILE: {
        "schema": {"properties": {HOSTILE: {"$ref": format!("#/components/schemas/{HOSTILE}")}}}, "example": HOSTILE,
    }}});
    operation["responses"] = json!({HOSTILE: {"description": HOSTILE, "headers": {HOSTILE: {"description": HOSTILE}}}});
    let slug = add(&app, &hostile, "/v1/zebras", "published").await;
    for path in [format!("/apis/{slug}"), "/apis".to_owned(), "/".to_owned()] {
        let page = html(&app, &path).await.to_lowercase();
        for bad in ["<script>", "<img src=x", "javascript:", "t.example/x.png\">\n<img", "onerror=alert(2)>\""] {
            assert!(!page.contains(bad), "{path} has {bad}");
        }
    }
    let file = app.get(&format!("/apis/{slug}/openapi.json")).await;
    assert_eq!(file.headers()["content-type"], "application/json");
    assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    assert_eq!(file.json::<Value>().await.expect("JSON"), hostile);
}

#[tokio::test]
async fn the_newest_version_that_is_served_is_shown() {
    let app = TestApp::sqlite().await;
    with_server(&app).await;
    let actor = TestApp::actor();
    let slug = add(&app, &document("Zebras", "/v1/zebras"), "/v1/zebras", "published").await;
    let api = apis::get_by_slug(app.ctx(), &slug).await.expect("is there").id;
    app.advance(Duration::from_secs(1));
    let next = json!({"document": document("Zebras", "/v2/zebras"), "label": "2"});
    let version = apis::add_version(app.ctx(), &actor, api, input(next)).await.expect("a version").id;
    let page = format!("/apis/{slug}");
    assert!(!html(&app, &page).await.contains("get-v2-zebras"), "a draft is not shown");
    assert_eq!(app.get(&format!("{page}?version=2")).await.status(), 404);
    let publish = ChangeVersion { change: VersionChange::Publish, sunset_at: None };
    apis::change_version(app.ctx(), &actor, (api, version), publish).await.expect("published");
    let shown = html(&app, &page).await;
    assert!(shown.contains("id=\"get-v2-zebras\"") && shown.contains("href=\"/apis/zebras?version=1\""));
    assert!(html(&app, &format!("{page}?version=1")).await.contains("id=\"get-v1-zebras\""));
}
