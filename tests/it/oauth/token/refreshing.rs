//! `grant_type=refresh_token`: rotation, leeway, reuse, and every way to get more than was allowed (`security.md` C).

use std::collections::BTreeSet;
use std::time::Duration;

use gatehouse_server::actions::entitlements::{self, ScopeChange, Transition};
use gatehouse_server::actions::{applications, users};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::oauth::brought_about;
use crate::oauth::token::claims::{access_token, id_token};
use crate::support::customer::{Customer, EVERYTHING, ask, call};
use crate::support::world::World;
use crate::support::{TestApp, on_each_engine};

const LEEWAY: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn each_use_gives_the_next_one() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let first = customer.tokens(app, EVERYTHING).await;
        app.advance(DAY);
        let (status, second) = customer.refresh(app, &first["refresh_token"]).await;
        assert_eq!((status, &second["scope"]), (200, &json!(EVERYTHING)), "{second}");
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        let (before, after) = (id_token(app, &first).await, id_token(app, &second).await);
        assert!(after.get("nonce").is_none(), "it belongs to the first one");
        for claim in ["iss", "sub", "aud", "auth_time", "acr", "sid"] {
            assert_eq!(before[claim], after[claim], "{claim}");
        }
        assert_eq!(access_token(app, &first).await["gid"], access_token(app, &second).await["gid"]);
        let (status, third) = customer.refresh(app, &second["refresh_token"]).await;
        assert_eq!(status, 200, "{third}");
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_given_again_within_the_leeway() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let first = customer.tokens(app, EVERYTHING).await;
        let (_, second) = customer.refresh(app, &first["refresh_token"]).await;
        app.advance(LEEWAY - Duration::from_secs(1));
        let (status, again) = customer.refresh(app, &first["refresh_token"]).await;
        assert_eq!((status, &again["refresh_token"]), (200, &second["refresh_token"]), "{again}");
        assert_ne!(again["access_token"], second["access_token"], "a fresh one");
        app.advance(Duration::from_secs(1));
        refused_for_good(app, &customer, &first, &second).await;
    })
    .await;
}

#[tokio::test]
async fn an_old_token_after_its_successor_was_used_ends_the_family() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let first = customer.tokens(app, EVERYTHING).await;
        let (_, second) = customer.refresh(app, &first["refresh_token"]).await;
        let (_, third) = customer.refresh(app, &second["refresh_token"]).await;
        app.advance(Duration::from_secs(3));
        refused_for_good(app, &customer, &first, &third).await;
    })
    .await;
}

/// `old` is refused, and with it everything up to `newest` ends.
async fn refused_for_good(app: &TestApp, customer: &Customer, old: &Value, newest: &Value) {
    assert_ne!(call(app, newest).await, 401, "it was good until now");
    let (status, answer) = customer.refresh(app, &old["refresh_token"]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    let (status, answer) = customer.refresh(app, &newest["refresh_token"]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    assert_eq!(call(app, newest).await, 401, "the access token is dead");
    assert_eq!(brought_about(app, customer.application.id).await, ["grant.refresh_token_reused"]);
}

#[tokio::test]
async fn scopes_only_become_fewer() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let first = customer.tokens(app, "openid offline_access public_api.read").await;
        let token = first["refresh_token"].as_str().expect("a token");
        for scope in ["email", "public_api.read email", "public_api.write", "nonsense"] {
            let form = [("refresh_token", token), ("scope", scope)];
            let (status, answer) = ask(app, &customer.application, "refresh_token", &form).await;
            assert_eq!((status, &answer["error"]), (400, &json!("invalid_scope")), "{scope}: {answer}");
        }
        let form = [("refresh_token", token), ("scope", "public_api.read")];
        let (status, narrow) = ask(app, &customer.application, "refresh_token", &form).await;
        assert_eq!((status, &narrow["scope"]), (200, &json!("public_api.read")), "{narrow}");
        assert!(narrow.get("id_token").is_none());
        let (status, all) = customer.refresh(app, &narrow["refresh_token"]).await;
        assert_eq!((status, &all["scope"]), (200, &first["scope"]), "the family keeps its scopes: {all}");
        let form = [("refresh_token", all["refresh_token"].as_str().expect("a token")), ("resource", "api://other")];
        let (status, answer) = ask(app, &customer.application, "refresh_token", &form).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_target")), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_token_is_its_clients() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let stranger = Customer::web(app, &world).await;
        let first = customer.tokens(app, EVERYTHING).await;
        let (_, second) = customer.refresh(app, &first["refresh_token"]).await;
        app.advance(LEEWAY);
        for token in [&first, &second] {
            let form = [("refresh_token", token["refresh_token"].as_str().expect("a token"))];
            let (status, answer) = ask(app, &stranger, "refresh_token", &form).await;
            assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
        }
        let (status, answer) = customer.refresh(app, &second["refresh_token"]).await;
        assert_eq!(status, 200, "a stranger ends nothing: {answer}");
    })
    .await;
}

#[tokio::test]
async fn it_ends_idle_and_altogether() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let idle = customer.tokens(app, EVERYTHING).await;
        let mut used = customer.tokens(app, EVERYTHING).await;
        for _ in 0..12 {
            app.advance(29 * DAY);
            let (status, next) = customer.refresh(app, &used["refresh_token"]).await;
            assert_eq!(status, 200, "{next}");
            used = next;
        }
        let (status, answer) = customer.refresh(app, &idle["refresh_token"]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "idle: {answer}");
        app.advance(18 * DAY);
        let (status, answer) = customer.refresh(app, &used["refresh_token"]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "a year: {answer}");
    })
    .await;
}

#[tokio::test]
async fn what_was_taken_away_does_not_come_back() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let first = customer.tokens(app, EVERYTHING).await;
        let id = customer.application.id;
        let (of, all) = ((id, "results".to_owned()), ScopeChange::default());
        entitlements::change_scopes(ctx, &actor, of, Transition::Revoke, all).await.expect("revoked");
        app.poll_changes_now().await;
        let (status, second) = customer.refresh(app, &first["refresh_token"]).await;
        assert_eq!((status, &second["scope"]), (200, &json!("openid profile email offline_access")), "{second}");
        applications::suspend(ctx, &actor, id).await.expect("suspended");
        app.poll_changes_now().await;
        assert_eq!(customer.refresh(app, &second["refresh_token"]).await.0, 401);
        applications::reactivate(ctx, &actor, id).await.expect("reactivated");
        app.poll_changes_now().await;
        users::disable(ctx, &actor, customer.user_id).await.expect("disabled");
        let (status, answer) = customer.refresh(app, &second["refresh_token"]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_one_rotates_and_all_get_the_same() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let first = customer.tokens(app, EVERYTHING).await;
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", customer.application.client_id.as_str()),
            ("client_secret", customer.application.secret.expose()),
            ("refresh_token", first["refresh_token"].as_str().expect("a token")),
        ];
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let request = app.request("POST", "/oauth2/default/v1/token").form(&form);
            callers.spawn(async move {
                let answer = request.send().await.expect("an answer");
                (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
            });
        }
        let answers = callers.join_all().await;
        assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
        let successors: BTreeSet<_> = answers.iter().map(|(_, answer)| answer["refresh_token"].as_str()).collect();
        assert_eq!(successors.len(), 1, "{successors:?}");
        let (status, answer) = customer.refresh(app, &answers[0].1["refresh_token"]).await;
        assert_eq!(status, 200, "{answer}");
    })
    .await;
}
