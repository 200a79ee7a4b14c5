use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::signing_key::{KeyStateName, PUBLISHED_BEFORE_USE};
use gatehouse_store::changes;
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;

use super::*;
use crate::actions::keys;
use crate::testing::{actor, context};

fn new_server(id: &str) -> NewServer {
    NewServer {
        id: id.to_owned(),
        name: "Default".to_owned(),
        audience: format!("https://api.example.com/{id}"),
        access_token_signing_alg: Some(Algorithm::EdDsa),
        open_to: None,
        lifetimes: LifetimesInput::default(),
        key_rotation_interval: None,
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, ActionError>) -> String {
    match result.expect_err("is refused") {
        ActionError::Conflict { code, .. } => code.to_owned(),
        ActionError::Invalid(errors) => errors.into_iter().map(|error| error.field).collect::<Vec<_>>().join(" "),
        ActionError::NotFound { kind, .. } => format!("no {kind}"),
        ActionError::Forbidden { code, .. } => code.to_owned(),
        error @ (ActionError::Database(_) | ActionError::Internal(_)) => error.to_string(),
    }
}

#[tokio::test]
async fn begins_with_an_active_and_a_next_key() {
    each_engine(async |db: &Db| {
        let (ctx, _) = context(db);
        let server = create(&ctx, &actor(), new_server("default")).await.expect("is made");
        assert_eq!(list(&ctx).await.expect("reads"), std::slice::from_ref(&server));
        let mut states: Vec<_> =
            keys::list(&ctx, "default").await.expect("reads").iter().map(|key| (key.alg(), key.state.name())).collect();
        states.sort_unstable();
        assert_eq!(states, [(Algorithm::EdDsa, KeyStateName::Next), (Algorithm::EdDsa, KeyStateName::Active)]);
        let seen = db.read(async |tx: &mut Tx| changes::since(tx, 0).await).await.expect("reads");
        let told: Vec<_> = seen.changes.iter().map(|change| (change.topic, change.key.as_str())).collect();
        assert_eq!(told, [(changes::Topic::Server, "default")]);
    })
    .await;
}

#[tokio::test]
async fn refuses_what_is_taken_or_wrong_and_changes_nothing() {
    each_engine(async |db: &Db| {
        let (ctx, _) = context(db);
        create(&ctx, &actor(), new_server("default")).await.expect("is made");
        let same_audience = NewServer { audience: new_server("default").audience, ..new_server("b") };
        let same_id = NewServer { audience: "other".to_owned(), ..new_server("default") };
        let lifetimes = LifetimesInput { access_token: Some(1), ..LifetimesInput::default() };
        let wrong = NewServer { id: "../x".to_owned(), name: String::new(), lifetimes, ..new_server("c") };
        assert_eq!(code(create(&ctx, &actor(), same_audience).await), "audience_taken");
        assert_eq!(code(create(&ctx, &actor(), same_id).await), "server_exists");
        assert_eq!(code(create(&ctx, &actor(), wrong).await), "id name lifetimes.access_token");
        assert_eq!(list(&ctx).await.expect("reads").len(), 1);
        assert_eq!(code(get(&ctx, "b").await), "no authorization server");
    })
    .await;
}

#[tokio::test]
async fn edits_only_what_is_named() {
    each_engine(async |db: &Db| {
        let (ctx, _) = context(db);
        let before = create(&ctx, &actor(), new_server("default")).await.expect("is made");
        let lifetimes = LifetimesInput { access_token: Some(600), ..LifetimesInput::default() };
        let input = EditServer { lifetimes, ..EditServer::default() };
        let after = edit(&ctx, &actor(), "default", input).await.expect("is edited");
        let lifetimes = Lifetimes { access_token: 600, ..before.lifetimes };
        assert_eq!(after, AuthorizationServer { lifetimes, version: 2, ..before });
        assert_eq!(get(&ctx, "default").await.expect("reads"), after);
        let wrong = EditServer { name: Some(String::new()), ..EditServer::default() };
        assert_eq!(code(edit(&ctx, &actor(), "default", wrong).await), "name");
    })
    .await;
}

#[tokio::test]
async fn switches_the_algorithm_only_once_its_keys_are_known() {
    each_engine(async |db: &Db| {
        let (ctx, clock) = context(db);
        create(&ctx, &actor(), new_server("default")).await.expect("is made");
        let switch = || EditServer { access_token_signing_alg: Some(Algorithm::Es256), ..EditServer::default() };
        assert_eq!(code(edit(&ctx, &actor(), "default", switch()).await), "no_keys");
        let add = keys::AddKeys { alg: Algorithm::Es256 };
        keys::add(&ctx, &actor(), "default", add).await.expect("are added");
        assert_eq!(code(keys::add(&ctx, &actor(), "default", add).await), "keys_exist");
        assert_eq!(code(edit(&ctx, &actor(), "default", switch()).await), "key_is_fresh");
        clock.advance(PUBLISHED_BEFORE_USE);
        let after = edit(&ctx, &actor(), "default", switch()).await.expect("is edited");
        assert_eq!(after.access_token_signing_alg, Algorithm::Es256);
    })
    .await;
}
