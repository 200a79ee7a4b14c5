use gatehouse_core::id::ApiVersionId;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::sign::SigningKey;
use gatehouse_core::oauth::signing_key::KeyState;
use gatehouse_core::portal::api::{ApiState, ReviewPolicy, VersionState};
use gatehouse_core::random::SeededRandom;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_795_345_500);

fn random() -> SeededRandom {
    SeededRandom::new(1)
}

fn api(slug: &str) -> api::Api {
    api::Api {
        id: ApiId::new(NOW, &SeededRandom::new(slug.len() as u64)),
        slug: slug.to_owned(),
        server_id: "default".parse().expect("an id"),
        name: slug.to_owned(),
        description: String::new(),
        audience: format!("https://{slug}"),
        upstream: Some(api::Upstream::Results),
        token_format: TokenFormat::Jwt,
        plan: api::Plan { limit: 7, window: 30 },
        review_policy: ReviewPolicy::default(),
        request_questions: Vec::new(),
        terms_url: None,
        state: ApiState::Published,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

fn version(api: &api::Api, document: String) -> ApiVersion {
    ApiVersion {
        id: ApiVersionId::new(NOW, &random()),
        api_id: api.id,
        label: "v".to_owned(),
        document,
        state: VersionState::Published,
        sunset_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// An OpenAPI document with one `GET` of each path, all for one scope.
fn document(paths: &[&str], scope: &str) -> String {
    let operation = json!({"get": {"responses": {}, "security": [{"oauth": [scope]}]}});
    let paths: serde_json::Map<_, _> = paths.iter().map(|path| ((*path).to_owned(), operation.clone())).collect();
    let flow = json!({"tokenUrl": "/token", "scopes": {scope: "A scope"}});
    json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths,
        "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}}},
    })
    .to_string()
}

fn key(server: &str) -> ServerKey {
    ServerKey {
        server_id: server.parse().expect("an id"),
        public: SigningKey::generate(Algorithm::EdDsa).expect("a key").public_jwk().clone(),
        sealed: Vec::new(),
        key_encryption_key: String::new(),
        created_at: NOW,
        state: KeyState::Next,
    }
}

fn operations(catalogue: &Catalogue) -> Vec<(&str, &str, String)> {
    let all = catalogue.apis().flat_map(|api| api.operations.iter().map(|operation| (api.slug.as_str(), operation)));
    all.map(|(slug, operation)| (slug, operation.template.as_str(), operation.scopes.concat().concat())).collect()
}

#[test]
fn newer_versions_go_first() {
    let api = api("one");
    let versions = vec![
        version(&api, document(&["/v2/a", "/v2/b"], "old")),
        version(&api, "{}".to_owned()),
        version(&api, document(&["/v2/a", "/v3/a"], "new")),
    ];
    let catalogue = build(
        &Rows { apis: vec![api], versions, keys: vec![], admissions: HashMap::new() },
        "http://h",
        &Catalogue::default(),
        NOW,
    );
    let expected = [("/v2/a", "new"), ("/v3/a", "new"), ("/v2/b", "old")];
    assert_eq!(operations(&catalogue), expected.map(|(path, scope)| ("one", path, scope.to_owned())));
    let api = catalogue.apis().next().expect("one");
    assert_eq!(api.issuer, "http://h/oauth2/default");
    assert_eq!(api.plan, Plan { limit: 7, window: Duration::from_secs(30) });
    assert_eq!(api.upstream, Upstream::InProcess("builtin:results".to_owned()));
}

#[test]
fn leaves_out_what_it_cannot_serve() {
    let only_described = api::Api { upstream: None, ..api("described") };
    let opaque = api::Api { token_format: TokenFormat::Opaque, ..api("opaque") };
    let versions = [&only_described, &opaque].map(|api| version(api, document(&["/v2/a"], "s"))).into_iter().collect();
    let rows = Rows { apis: vec![only_described, opaque], versions, keys: vec![], admissions: HashMap::new() };
    let catalogue = build(&rows, "http://h", &Catalogue::default(), NOW);
    assert_eq!(catalogue.apis().count(), 0);
}

#[test]
fn keeps_the_key_sets_that_stay_the_same() {
    let (one, two) = (api("one"), api::Api { server_id: "other".parse().expect("an id"), ..api("other-api") });
    let mut rows = Rows {
        apis: vec![one, two],
        versions: vec![],
        keys: vec![key("default"), key("other")],
        admissions: HashMap::new(),
    };
    let sets = |catalogue: &Catalogue| catalogue.apis().map(|api| Arc::clone(&api.keys)).collect::<Vec<_>>();
    let first = build(&rows, "http://h", &Catalogue::default(), NOW);
    let again = build(&rows, "http://h", &first, NOW);
    assert!(sets(&first).iter().zip(sets(&again)).all(|(a, b)| Arc::ptr_eq(a, &b)));
    assert!(!Arc::ptr_eq(&sets(&first)[0], &sets(&first)[1]));
    rows.keys.push(key("default"));
    let rotated = build(&rows, "http://h", &first, NOW);
    assert!(!Arc::ptr_eq(&sets(&first)[0], &sets(&rotated)[0]));
    assert!(Arc::ptr_eq(&sets(&first)[1], &sets(&rotated)[1]));
    rows.keys.pop();
    let withdrawn = build(&rows, "http://h", &rotated, NOW);
    assert!(!Arc::ptr_eq(&sets(&rotated)[0], &sets(&withdrawn)[0]), "a withdrawn key is gone");
}
