//! OpenID Connect Back-Channel Logout 1.0: who is told, what, how often.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::id::SessionId;
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_core::random::SeededRandom;
use gatehouse_server::actions::{applications, sessions, users};
use gatehouse_server::context::Context;
use gatehouse_server::state::App;
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::{ask, userinfo};
use crate::support::customer::{Customer, EVERYTHING};
use crate::support::receiver::{Answer, Receiver};
use crate::support::world::{Client, World, input};
use crate::support::{TestApp, on_each_engine};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Longer than the outbox keeps a message from other nodes.
const LEASE: Duration = Duration::from_secs(61);
const PAUSE: Duration = Duration::from_secs(1_800);

/// A customer and an application that hears of ended sessions.
async fn told(app: &TestApp) -> (World, Customer, Receiver) {
    let world = World::new(app).await;
    let mut customer = Customer::new(app, &world).await;
    let receiver = Receiver::start().await;
    customer.application = hearing(app, &world, &receiver).await;
    (world, customer, receiver)
}

async fn hearing(app: &TestApp, world: &World, receiver: &Receiver) -> Client {
    let made = Customer::web_in("sandbox", app, world).await;
    change(app, &made, json!({"backchannel_logout_uri": receiver.url})).await;
    made
}

async fn change(app: &TestApp, of: &Client, change: Value) {
    applications::change(app.ctx(), &TestApp::actor(), of.id, input(change)).await.expect("changes");
    app.poll_changes_now().await;
}

/// One more browser of the customer.
async fn another_session(app: &TestApp, customer: &mut Customer) -> SessionId {
    let amr = (vec![AuthenticationMethod::Password], Device::default());
    let opened = sessions::open(app.ctx(), &TestApp::actor(), customer.user_id, amr).await.expect("a session");
    customer.session_id = opened.session.id;
    opened.session.id
}

async fn sign_out(app: &TestApp, customer: &Customer) {
    let ended = sessions::end(app.ctx(), &TestApp::actor(), customer.user_id, customer.session_id).await;
    ended.expect("it ends");
}

/// What a library that others wrote makes of a token, by the server's key list.
async fn verified(app: &TestApp, token: &str, audience: &str) -> Value {
    let keys: JwkSet = app.get("/oauth2/default/v1/keys").await.json().await.expect("keys");
    let header = decode_header(token).expect("a header");
    assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
    let key = keys.find(header.kid.as_deref().expect("a key id")).expect("a published key");
    let mut rules = Validation::new(header.alg);
    // The clock of tests stands still, somewhere.
    rules.validate_exp = false;
    rules.set_audience(&[audience]);
    rules.set_issuer(&[format!("{}/oauth2/default", app.base)]);
    rules.set_required_spec_claims(&["iss", "aud", "iat", "exp", "jti", "events"]);
    decode::<Value>(token, &DecodingKey::from_jwk(key).expect("a key"), &rules).expect("a good token").claims
}

/// Claims of a token without looking at its signature.
fn claims(token: &Value) -> Value {
    insecure_decode::<Value>(token.as_str().expect("a token")).expect("a token").claims
}

/// Ends the customer's session in one of several ways.
async fn end(app: &TestApp, customer: &Customer, way: &str) {
    let (ctx, actor, user) = (app.ctx(), TestApp::actor(), customer.user_id);
    let another = SessionId::new(ctx.now(), ctx.random());
    let ended = match way {
        "one" => sessions::end(ctx, &actor, user, customer.session_id).await,
        "all" => sessions::end_all(ctx, &actor, user).await.map(drop),
        "others" => sessions::end_others(ctx, &actor, user, another).await.map(drop),
        "disabled" => users::disable(ctx, &actor, user).await.map(drop),
        "password" => users::set_password(ctx, &actor, user, "correct horse battery staple").await,
        "email" => users::set_email(ctx, &actor, user, "new@example.com").await.map(drop),
        _ => panic!("{way} is no way"),
    };
    ended.unwrap_or_else(|error| panic!("{way}: {error}"));
}

#[tokio::test]
async fn every_way_to_end_a_session_tells_whom_the_customer_signed_in_to() {
    on_each_engine(async |app: &TestApp| {
        let (world, mut customer, receiver) = told(app).await;
        let deaf = Customer::web(app, &world).await;
        let hearing = customer.application.clone();
        for (number, name) in ["one", "all", "others", "disabled", "password", "email"].iter().enumerate() {
            let session = another_session(app, &mut customer).await;
            customer.tokens(app, "openid profile").await;
            // Twice in one session is one application.
            let id_token = customer.tokens(app, EVERYTHING).await["id_token"].clone();
            customer.application = deaf.clone();
            customer.tokens(app, "openid").await;
            customer.application = hearing.clone();
            customer.session_id = session;
            end(app, &customer, name).await;
            assert_eq!(receiver.heard().len(), number, "{name}: nothing leaves before its transaction");
            app.run_jobs_now().await;
            app.run_jobs_now().await;
            assert_eq!(receiver.heard().len(), number + 1, "{name}: once");
            let token = verified(app, &receiver.heard()[number], &hearing.client_id).await;
            let of = claims(&id_token);
            assert_eq!((&token["sub"], &token["sid"]), (&of["sub"], &of["sid"]), "{name}");
            if *name == "disabled" {
                users::enable(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("enabled");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_token_is_as_the_specification_wants_it() {
    on_each_engine(async |app: &TestApp| {
        let (_, customer, receiver) = told(app).await;
        let more = json!({"subject_type": "pairwise", "backchannel_logout_session_required": true});
        change(app, &customer.application, more).await;
        let id_token = claims(&customer.tokens(app, "openid").await["id_token"]);
        sign_out(app, &customer).await;
        app.run_jobs_now().await;
        let token = verified(app, &receiver.heard()[0], &customer.application.client_id).await;
        let now = app.ctx().now().as_secs();
        assert_eq!((&token["iat"], &token["exp"]), (&json!(now), &json!(now + 120)));
        assert_eq!(token["events"], json!({EVENT: {}}));
        assert_eq!((&token["sub"], &token["sid"]), (&id_token["sub"], &id_token["sid"]));
        assert_ne!(token["sub"], json!(customer.user_id.to_string()), "the name that this application knows");
        assert_eq!(token["nonce"], Value::Null);
        let names: BTreeSet<_> = token.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"]));
    })
    .await;
}

#[tokio::test]
async fn signing_out_at_an_application_tells_the_others() {
    on_each_engine(async |app: &TestApp| {
        let (world, mut customer, first) = told(app).await;
        let browser = app.browser("customer@example.com").await;
        let known = sessions::authenticate(app.ctx(), &browser.cookie("gatehouse")).await.expect("reads");
        let known = known.expect("signed in");
        customer.session_id = known.session.id;
        let hint = customer.tokens(app, "openid").await["id_token"].as_str().expect("an ID token").to_owned();
        let second = Receiver::start().await;
        let one = std::mem::replace(&mut customer.application, hearing(app, &world, &second).await);
        customer.tokens(app, "openid").await;
        let query = Serializer::new(String::new()).append_pair("id_token_hint", &hint).finish();
        let page = browser.get(&format!("/oauth2/default/v1/logout?{query}")).await;
        assert_eq!(page.status, 200, "{}", page.html);
        app.run_jobs_now().await;
        let [first, second] = [first, second].map(|receiver| receiver.heard());
        assert_eq!((first.len(), second.len()), (1, 1));
        let first = verified(app, &first[0], &one.client_id).await;
        let second = verified(app, &second[0], &customer.application.client_id).await;
        assert_ne!(first["sid"], second["sid"], "two applications cannot tell that they have the same customer");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_without_need() {
    on_each_engine(async |app: &TestApp| {
        let (_, mut customer, receiver) = told(app).await;
        customer.tokens(app, "public_api.read").await;
        sign_out(app, &customer).await;
        app.run_jobs_now().await;
        assert_eq!(receiver.heard().len(), 0, "no ID token, no session there");
        another_session(app, &mut customer).await;
        customer.tokens(app, "openid").await;
        app.advance(Duration::from_secs(8 * 86_400));
        app.run_jobs_now().await;
        assert_eq!(receiver.heard().len(), 0, "a session that ends by its time is told to nobody");
        another_session(app, &mut customer).await;
        customer.tokens(app, "openid").await;
        sign_out(app, &customer).await;
        change(app, &customer.application, json!({"backchannel_logout_uri": null})).await;
        app.run_jobs_now().await;
        assert_eq!(receiver.heard().len(), 0, "it does not want to hear any more");
    })
    .await;
}

/// What the owner reads of it: status and reason.
async fn noted(app: &TestApp, of: &Client) -> Vec<(i64, String)> {
    let calls = applications::refused_calls(app.ctx(), &TestApp::actor(), of.id).await.expect("calls");
    let calls = calls.into_iter().filter(|call| call.code == "backchannel_logout_failed");
    calls.map(|call| (call.status, format!("{} {} {}", call.method, call.path, call.reason))).collect()
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_given_up() {
    on_each_engine(async |app: &TestApp| {
        let (_, mut customer, receiver) = told(app).await;
        let bad = [Answer::Status(500), Answer::Cut, Answer::Status(302), Answer::Status(404), Answer::Status(429)];
        receiver.then(&bad);
        receiver.then(&[Answer::Status(204)]);
        customer.tokens(app, "openid").await;
        sign_out(app, &customer).await;
        for attempt in 1..=bad.len() {
            app.run_jobs_now().await;
            app.run_jobs_now().await;
            assert_eq!(receiver.heard().len(), attempt, "a pause between attempts");
            let told = noted(app, &customer.application).await;
            let [(status, text)] = told.as_slice() else { panic!("the last attempt only: {told:?}") };
            assert_eq!(*status, [500, 0, 302, 404, 429][attempt - 1]);
            assert!(
                text.starts_with("POST /backchannel A customer's session") && text.ends_with("for a day."),
                "{text}"
            );
            app.advance(PAUSE);
        }
        app.run_jobs_now().await;
        app.advance(PAUSE);
        app.run_jobs_now().await;
        let heard = receiver.heard();
        assert_eq!(heard.len(), bad.len() + 1, "204 is heard");
        let mut ids = BTreeSet::new();
        for token in &heard {
            let token = verified(app, token, &customer.application.client_id).await;
            ids.insert(token["jti"].as_str().expect("an id").to_owned());
            assert_eq!(token["exp"], json!(token["iat"].as_i64().expect("a time") + 120));
        }
        assert_eq!(ids.len(), heard.len(), "a new token each time");
        another_session(app, &mut customer).await;
        customer.tokens(app, "openid").await;
        receiver.then(&[Answer::Status(400)]);
        sign_out(app, &customer).await;
        for _ in 0..3 {
            app.run_jobs_now().await;
            app.advance(PAUSE);
        }
        assert_eq!(receiver.heard().len(), bad.len() + 2, "400 is final");
        let told = noted(app, &customer.application).await;
        assert!(told.len() == 1 && told[0].0 == 400 && told[0].1.ends_with("It is not tried again."), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn an_application_that_is_down_is_tried_for_a_day() {
    let app = TestApp::sqlite().await;
    let (_, customer, receiver) = told(&app).await;
    receiver.stop().await;
    customer.tokens(&app, "openid").await;
    sign_out(&app, &customer).await;
    let began = app.ctx().now();
    let mut last = began;
    for _ in 0..60 {
        app.run_jobs_now().await;
        let told = noted(&app, &customer.application).await;
        let [(0, text)] = told.as_slice() else { panic!("{told:?}") };
        assert!(text.contains("no connection could be made"), "{text}");
        if text.ends_with("It is not tried again.") {
            break;
        }
        last = app.ctx().now();
        app.advance(PAUSE);
    }
    assert!(last.since(began).as_secs() >= 86_400, "a day");
    app.stop().await;
}

#[tokio::test]
async fn a_slow_application_holds_nobody_up() {
    on_each_engine(async |app: &TestApp| {
        let (world, mut customer, slow) = told(app).await;
        slow.then(&[Answer::Silence; 40]);
        let quick = Receiver::start().await;
        let applications = [customer.application.clone(), hearing(app, &world, &quick).await];
        for _ in 0..20 {
            another_session(app, &mut customer).await;
            for application in &applications {
                customer.application = application.clone();
                customer.tokens(app, "openid").await;
            }
        }
        sessions::end_all(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("they end");
        let jobs = Arc::clone(&app.state.jobs);
        let running = tokio::spawn(async move { jobs.run_now().await });
        quick.wait_for(20).await;
        assert!(!running.is_finished(), "the slow one is still waited for");
        slow.wait_for(4).await;
        assert_eq!(slow.heard().len(), 4, "and not by more than a few");
        // The node dies in the middle.
        running.abort();
        drop(running.await);
        app.run_jobs_now().await;
        assert_eq!((quick.heard().len(), slow.heard().len()), (20, 4), "until the node's claims have ended");
    })
    .await;
}

#[tokio::test]
async fn a_node_that_dies_in_the_middle_loses_nothing() {
    on_each_engine(async |app: &TestApp| {
        let (_, customer, receiver) = told(app).await;
        receiver.then(&[Answer::Silence]);
        customer.tokens(app, "openid").await;
        sign_out(app, &customer).await;
        let jobs = Arc::clone(&app.state.jobs);
        let running = tokio::spawn(async move { jobs.run_now().await });
        receiver.wait_for(1).await;
        running.abort();
        drop(running.await);
        app.run_jobs_now().await;
        assert_eq!(receiver.heard().len(), 1, "another node might still be at it");
        app.advance(LEASE);
        app.run_jobs_now().await;
        app.run_jobs_now().await;
        let heard = receiver.heard();
        assert_eq!(heard.len(), 2);
        let mut told = Vec::new();
        for token in &heard {
            told.push(verified(app, token, &customer.application.client_id).await);
        }
        assert_eq!((&told[0]["sid"], &told[0]["sub"]), (&told[1]["sid"], &told[1]["sub"]));
    })
    .await;
}

#[tokio::test]
async fn two_nodes_tell_each_once() {
    on_each_engine(async |app: &TestApp| {
        let (_, mut customer, receiver) = told(app).await;
        for _ in 0..30 {
            another_session(app, &mut customer).await;
            customer.tokens(app, "openid").await;
        }
        sessions::end_all(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("they end");
        let ctx = Context { random: Arc::new(SeededRandom::new(77)), ..app.ctx().clone() };
        let node = App::start(ctx, app.state.config.clone()).await.expect("another node");
        let (one, two) = tokio::join!(app.state.jobs.run_now(), node.jobs.run_now());
        assert!(one.is_ok() && two.is_ok());
        app.run_jobs_now().await;
        let heard: BTreeSet<_> =
            receiver.heard().iter().map(|token| claims(&json!(token))["sid"].to_string()).collect();
        assert_eq!((receiver.heard().len(), heard.len()), (30, 30));
    })
    .await;
}

/// §4: nothing but a logout token, anywhere.
#[tokio::test]
async fn a_logout_token_is_no_other_token() {
    on_each_engine(async |app: &TestApp| {
        let (_, customer, receiver) = told(app).await;
        customer.tokens(app, "openid").await;
        sign_out(app, &customer).await;
        app.run_jobs_now().await;
        let token = receiver.heard().remove(0);
        assert_eq!(userinfo(app, &json!(token)).await.0, 401);
        let (status, answer) = ask(app, "introspect", &customer.application, &[("token", &token)]).await;
        assert_eq!((status, answer), (200, json!({"active": false})));
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        assert_eq!(ask(app, "token", &customer.application, &form).await.1["error"], "invalid_grant");
        let called = app.request("GET", "/v2/sessionResults?testId=1").header("token", &token).send().await;
        assert_eq!(called.expect("an answer").status(), 401);
        let query = Serializer::new(String::new()).append_pair("id_token_hint", &token).finish();
        assert_eq!(app.get(&format!("/oauth2/default/v1/logout?{query}")).await.status(), 400);
        let browser = app.browser("customer@example.com").await;
        let request = |more: &[(&str, &str)]| {
            let asked: Vec<_> = [("scope", "openid")].iter().chain(more).copied().collect();
            crate::support::authorize::request(&customer.application, &asked)
        };
        browser.allow(&request(&[])).await;
        let request = request(&[("prompt", "none"), ("id_token_hint", &token)]);
        assert_eq!(browser.get(&request).await.answer()["error"], "invalid_request");
    })
    .await;
}
