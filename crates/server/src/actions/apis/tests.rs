use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::api::{ApiState, ReviewPolicy, VersionState};
use gatehouse_core::portal::scope::Sensitivity;
use gatehouse_store::changes;
use gatehouse_store::db::Db;
use gatehouse_store::testing::{NOW, each_engine};
use serde_json::{Value, json};

use super::*;
use crate::actions::servers::{self, LifetimesInput, NewServer};
use crate::testing::{actor, context};

fn document(version: &str, paths: &[&str], scopes: &[&str]) -> JsonText {
    let operation = json!({"get": {"security": [{"oauth": [scopes[0]]}]}});
    let paths: serde_json::Map<String, Value> = paths.iter().map(|p| ((*p).to_owned(), operation.clone())).collect();
    let scopes: serde_json::Map<String, Value> =
        scopes.iter().map(|s| ((*s).to_owned(), json!(format!("May {s}.")))).collect();
    let flows = json!({"clientCredentials": {"tokenUrl": "/token", "scopes": scopes}});
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Some Things", "version": version, "description": "All of them."},
        "paths": paths,
        "components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}},
    });
    serde_json::from_value(document).expect("is JSON")
}

fn new_api(paths: &[&str], scopes: &[&str]) -> NewApi {
    NewApi {
        document: document("1", paths, scopes),
        audience: format!("https://api.example.com{}", paths[0]),
        server: None,
        slug: None,
        name: None,
        description: None,
        label: None,
        upstream: Some("builtin:results".to_owned()),
        plan: None,
        scopes: Vec::new(),
        review_policy: ReviewPolicy::default(),
        request_questions: Vec::new(),
        terms_url: None,
        state: Some(ApiState::Published),
    }
}

async fn with_server(db: &Db) -> Context {
    let (ctx, _) = context(db);
    let server = NewServer {
        id: "default".to_owned(),
        name: "Default".to_owned(),
        audience: "https://api.example.com".to_owned(),
        access_token_signing_alg: None,
        open_to: None,
        lifetimes: LifetimesInput::default(),
        key_rotation_interval: None,
    };
    servers::create(&ctx, &actor(), server).await.expect("is made");
    ctx
}

/// The code of a conflict, the fields of an invalid input.
fn why<T: std::fmt::Debug>(result: Result<T, ActionError>) -> String {
    match result.expect_err("is refused") {
        ActionError::Conflict { code, .. } => code.to_owned(),
        ActionError::Invalid(errors) => errors.into_iter().map(|e| e.field).collect::<Vec<_>>().join(" "),
        ActionError::NotFound { kind, .. } => format!("no {kind}"),
        ActionError::Forbidden { code, .. } => code.to_owned(),
        error @ (ActionError::Database(_) | ActionError::Internal(_)) => error.to_string(),
    }
}

#[tokio::test]
async fn takes_what_it_needs_from_the_document() {
    each_engine(async |db: &Db| {
        let ctx = with_server(db).await;
        let sensitive = ScopeInput { sensitivity: Some(Sensitivity::Sensitive), ..ScopeInput::named("b".to_owned()) };
        let input = NewApi { scopes: vec![sensitive], ..new_api(&["/v2/things"], &["a", "b"]) };
        let api = create(&ctx, &actor(), input).await.expect("is made");
        assert_eq!((api.slug.as_str(), api.name.as_str()), ("some-things", "Some Things"));
        assert_eq!(get_by_slug(&ctx, "some-things").await.expect("reads"), api);
        let scopes = list_scopes(&ctx, api.id).await.expect("reads");
        let seen: Vec<_> = scopes.iter().map(|s| (s.name.as_str(), s.sentence.as_str(), s.sensitivity)).collect();
        assert_eq!(seen, [("b", "May b.", Sensitivity::Sensitive), ("a", "May a.", Sensitivity::Normal)]);
        assert_eq!(scopes[0].grant_types, [GrantType::ClientCredentials]);
        let versions = list_versions(&ctx, api.id).await.expect("reads");
        assert_eq!((versions[0].label.as_str(), versions[0].state), ("1", VersionState::Published));
        let seen = db.read(async |tx: &mut Tx| changes::since(tx, 0).await).await.expect("reads");
        assert_eq!(seen.changes.last().map(|change| change.key.clone()), Some(api.id.to_string()));
    })
    .await;
}

#[tokio::test]
async fn refuses_and_changes_nothing() {
    each_engine(async |db: &Db| {
        let ctx = with_server(db).await;
        create(&ctx, &actor(), new_api(&["/v2/things"], &["a"])).await.expect("is made");
        let other = || NewApi { slug: Some("other".to_owned()), ..new_api(&["/v2/others"], &["o"]) };
        let cases = [
            (NewApi { slug: Some("some-things".to_owned()), ..other() }, "slug_taken"),
            (NewApi { audience: "https://api.example.com/v2/things".to_owned(), ..other() }, "audience_taken"),
            (NewApi { audience: "https://api.example.com".to_owned(), ..other() }, "audience_taken"),
            (NewApi { document: document("1", &["/v2/others"], &["a"]), ..other() }, "scope_taken"),
            (NewApi { document: document("1", &["/v2/things"], &["o"]), ..other() }, "document/paths"),
            (NewApi { document: document("1", &["/manage/x"], &["o"]), ..other() }, "document/paths"),
            (
                NewApi { document: JsonText::from_text("{}".to_owned()), ..other() },
                "document/openapi document/info/title document/info/version document/paths",
            ),
            (NewApi { upstream: Some("https://a.example".to_owned()), ..other() }, "upstream"),
            (NewApi { server: Some("none".to_owned()), ..other() }, "no authorization server"),
            (NewApi { state: Some(ApiState::Retired), label: Some(" ".to_owned()), ..other() }, "state label"),
            (NewApi { scopes: vec![ScopeInput::named("a b".to_owned())], ..other() }, "scopes[0].name"),
        ];
        for (input, wanted) in cases {
            assert_eq!(why(create(&ctx, &actor(), input).await), wanted);
        }
        assert_eq!(list(&ctx, String::new(), 10).await.expect("reads").len(), 1);
        create(&ctx, &actor(), other()).await.expect("is good");
    })
    .await;
}

#[tokio::test]
async fn versions_add_scopes_and_keep_what_people_wrote() {
    each_engine(async |db: &Db| {
        let ctx = with_server(db).await;
        let api = create(&ctx, &actor(), new_api(&["/v2/things"], &["a"])).await.expect("is made");
        let scope = list_scopes(&ctx, api.id).await.expect("reads").remove(0);
        let about = EditScope { title: Some("Read".to_owned()), ..EditScope::default() };
        edit_scope(&ctx, &actor(), (api.id, scope.id), about).await.expect("is edited");
        let input = |version, paths: &[&str]| NewVersion {
            document: document(version, paths, &["a", "b"]),
            label: None,
            scopes: Vec::new(),
        };
        let added =
            add_version(&ctx, &actor(), api.id, input("2", &["/v3/things", "/v2/things"])).await.expect("is added");
        let titles: Vec<_> =
            list_scopes(&ctx, api.id).await.expect("reads").into_iter().map(|scope| scope.title).collect();
        assert_eq!(titles, ["Read", "b"]);
        assert_eq!(why(add_version(&ctx, &actor(), api.id, input("2", &["/v3/things"])).await), "label_taken");
        let at = (api.id, added.id);
        let publish = ChangeVersion { change: VersionChange::Publish, sunset_at: None };
        assert!(change_version(&ctx, &actor(), at, publish).await.expect("is published").is_served());
        assert_eq!(why(change_version(&ctx, &actor(), at, publish).await), "state");
        let late = ChangeVersion { change: VersionChange::Deprecate, sunset_at: Some(NOW.plus_secs(60)) };
        let deprecated = change_version(&ctx, &actor(), at, late).await.expect("is deprecated");
        assert_eq!(deprecated.sunset_at, Some(NOW.plus_secs(60)));
        let reserved = replace_document(&ctx, &actor(), at, input("9", &["/manage/x"])).await;
        assert_eq!(why(reserved), "document/paths");
        let replaced = replace_document(&ctx, &actor(), at, input("9", &["/v3/more"])).await.expect("is replaced");
        assert_eq!((replaced.label.as_str(), replaced.state), ("2", VersionState::Deprecated));
        assert_eq!(get_version(&ctx, at).await.expect("reads"), replaced);
    })
    .await;
}

#[tokio::test]
async fn edits_and_retires() {
    each_engine(async |db: &Db| {
        let ctx = with_server(db).await;
        let draft = NewApi { state: None, ..new_api(&["/v2/things"], &["a"]) };
        let api = create(&ctx, &actor(), draft).await.expect("is made");
        let to = |state| EditApi { state: Some(state), ..EditApi::default() };
        edit(&ctx, &actor(), api.id, to(ApiState::Published)).await.expect("is published");
        assert_eq!(why(edit(&ctx, &actor(), api.id, to(ApiState::Draft)).await), "state");
        let plan = EditApi { plan: Some(PlanInput { limit: 0, window: 60 }), ..EditApi::default() };
        assert_eq!(why(edit(&ctx, &actor(), api.id, plan).await), "plan.limit");
        let audience = EditApi { audience: Some("https://api.example.com".to_owned()), ..EditApi::default() };
        assert_eq!(why(edit(&ctx, &actor(), api.id, audience).await), "audience_taken");
        let retired = edit(&ctx, &actor(), api.id, to(ApiState::Retired)).await.expect("is retired");
        assert_eq!((retired.state, retired.version), (ApiState::Retired, 3));
    })
    .await;
}

#[tokio::test]
async fn scopes_by_themselves() {
    each_engine(async |db: &Db| {
        let ctx = with_server(db).await;
        let api = create(&ctx, &actor(), new_api(&["/v2/things"], &["a"])).await.expect("is made");
        let extra = add_scope(&ctx, &actor(), api.id, ScopeInput::named("extra".to_owned())).await.expect("is added");
        assert_eq!(why(add_scope(&ctx, &actor(), api.id, ScopeInput::named("a".to_owned())).await), "scope_exists");
        assert_eq!(
            why(add_scope(&ctx, &actor(), api.id, ScopeInput::named("openid".to_owned())).await),
            "scopes[0].name"
        );
        delete_scope(&ctx, &actor(), (api.id, extra.id)).await.expect("nobody has it");
        assert_eq!(why(delete_scope(&ctx, &actor(), (api.id, extra.id)).await), "no scope");
        assert_eq!(list_scopes(&ctx, api.id).await.expect("reads").len(), 1);
    })
    .await;
}
