//! What is taken away is refused at once: at the token endpoint, at introspection, at userinfo, and at the gate.

use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_server::actions::entitlements::{ScopeChange, Transition};
use gatehouse_server::actions::{apis, applications, entitlements, servers, sessions, users};
use serde_json::{Value, json};

use super::{ask, userinfo};
use crate::support::customer::{self, Customer, EVERYTHING};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

/// What a customer's tokens are worth everywhere.
#[derive(Debug, PartialEq, Eq)]
struct Worth {
    refresh: u16,
    access_token: bool,
    refresh_token: bool,
    userinfo: u16,
    gate: u16,
}

/// As long as nothing is taken away. The gate has nothing of the test, so it answers 404.
const GOOD: Worth = Worth { refresh: 200, access_token: true, refresh_token: true, userinfo: 200, gate: 404 };

/// Access token, refresh token, userinfo.
async fn asked(app: &TestApp, customer: &Customer, tokens: &Value) -> (bool, bool, u16) {
    let active = async |token: &Value| {
        let token = token.as_str().expect("a token");
        let (_, body) = ask(app, "introspect", &customer.application, &[("token", token)]).await;
        body["active"] == true
    };
    let access_token = active(&tokens["access_token"]).await;
    (access_token, active(&tokens["refresh_token"]).await, userinfo(app, &tokens["access_token"]).await.0)
}

async fn worth(app: &TestApp, customer: &Customer, tokens: &Value) -> Worth {
    let (access_token, refresh_token, userinfo) = asked(app, customer, tokens).await;
    let token = tokens["access_token"].as_str().expect("a token");
    let path = "/v2/sessionResults?testId=3fa85f64-5717-4562-b3fc-2c963f66afa6";
    let gate = app.request("GET", path).bearer_auth(token).send().await.expect("an answer").status().as_u16();
    let refresh = customer.refresh(app, &tokens["refresh_token"]).await.0;
    Worth { refresh, access_token, refresh_token, userinfo, gate }
}

/// Takes something away and compares what tokens are worth then, for both kinds of subject.
async fn try_taking(take: impl AsyncFn(&TestApp, &Customer), expected: &Worth) {
    for subject_type in ["public", "pairwise"] {
        on_each_engine(async |app: &TestApp| {
            let world = World::new(app).await;
            let customer = Customer::new(app, &world).await;
            let change = input(json!({"subject_type": subject_type}));
            let changed = applications::change(app.ctx(), &TestApp::actor(), customer.application.id, change).await;
            changed.expect("changes");
            app.poll_changes_now().await;
            let tokens = customer.tokens(app, EVERYTHING).await;
            let others = customer.tokens(app, EVERYTHING).await;
            assert_eq!(worth(app, &customer, &others).await, GOOD, "{subject_type}");
            take(app, &customer).await;
            let at_once = asked(app, &customer, &tokens).await;
            assert_eq!(at_once, (expected.access_token, expected.refresh_token, expected.userinfo), "{subject_type}");
            // What every node does twice a second; the gate asks nobody.
            app.poll_changes_now().await;
            assert_eq!(&worth(app, &customer, &tokens).await, expected, "{subject_type}");
        })
        .await;
    }
}

const NOTHING: Worth = Worth { refresh: 400, access_token: false, refresh_token: false, userinfo: 401, gate: 401 };

#[tokio::test]
async fn by_signing_out_everywhere() {
    let all = async |app: &TestApp, customer: &Customer| {
        sessions::end_all(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("ends");
    };
    try_taking(all, &NOTHING).await;
}

#[tokio::test]
async fn by_signing_out_all_others() {
    let others = async |app: &TestApp, customer: &Customer| {
        let proof = (vec![AuthenticationMethod::Password], Device::default());
        let here = sessions::open(app.ctx(), &TestApp::actor(), customer.user_id, proof).await.expect("a session");
        let here = here.session.id;
        sessions::end_others(app.ctx(), &TestApp::actor(), customer.user_id, here).await.expect("ends");
    };
    try_taking(others, &NOTHING).await;
}

#[tokio::test]
async fn by_another_password() {
    let password = async |app: &TestApp, customer: &Customer| {
        let text = "a quite long new password";
        users::set_password(app.ctx(), &TestApp::actor(), customer.user_id, text).await.expect("is set");
    };
    try_taking(password, &NOTHING).await;
}

#[tokio::test]
async fn by_disabling_the_customer() {
    let disable = async |app: &TestApp, customer: &Customer| {
        users::disable(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("is disabled");
    };
    try_taking(disable, &NOTHING).await;
}

/// Enabling a customer later gives nothing back.
#[tokio::test]
async fn for_good() {
    let disable = async |app: &TestApp, customer: &Customer| {
        users::disable(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("is disabled");
        users::enable(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("is enabled");
    };
    try_taking(disable, &NOTHING).await;
}

/// An application that may not act cannot ask either, so an API of the catalogue asks for it: see `introspect`.
#[tokio::test]
async fn by_suspending_or_deleting_the_application() {
    for delete in [false, true] {
        on_each_engine(async |app: &TestApp| {
            let world = World::new(app).await;
            let customer = Customer::new(app, &world).await;
            let (ctx, actor) = (app.ctx(), TestApp::actor());
            let api = apis::get_by_slug(ctx, "results").await.expect("the API").id;
            let new = input(json!({"name": "gateway"}));
            let (credential, secret) = apis::create_credential(ctx, &actor, api, new).await.expect("a credential");
            let tokens = customer.tokens(app, EVERYTHING).await;
            let token = tokens["access_token"].as_str().expect("a token");
            let active = async || {
                let request = app.request("POST", "/oauth2/default/v1/introspect");
                let request = request.basic_auth(credential.id, Some(secret.expose())).form(&[("token", token)]);
                let body: Value = request.send().await.expect("an answer").json().await.expect("JSON");
                body["active"] == true
            };
            assert!(active().await);
            match delete {
                true => applications::delete(ctx, &actor, customer.application.id).await,
                false => applications::suspend(ctx, &actor, customer.application.id).await,
            }
            .expect("ends");
            assert!(!active().await);
            assert_eq!(userinfo(app, &tokens["access_token"]).await.0, 401);
            assert_eq!(customer.refresh(app, &tokens["refresh_token"]).await.0, 401);
            let path = "/v2/sessionResults?testId=3fa85f64-5717-4562-b3fc-2c963f66afa6";
            let gate = app.request("GET", path).bearer_auth(token).send().await.expect("an answer");
            assert_eq!(gate.status().as_u16(), 401);
            if !delete {
                app.advance(std::time::Duration::from_secs(1));
                applications::reactivate(ctx, &actor, customer.application.id).await.expect("is back");
                app.poll_changes_now().await;
                assert!(!active().await, "tokens of before stay dead");
            }
        })
        .await;
    }
}

/// Signing in goes on without the API.
#[tokio::test]
async fn by_revoking_the_entitlement() {
    let revoke = async |app: &TestApp, customer: &Customer| {
        let which = (customer.application.id, "results".to_owned());
        let (transition, scopes) = (Transition::Revoke, ScopeChange::default());
        entitlements::change_scopes(app.ctx(), &TestApp::actor(), which, transition, scopes).await.expect("is revoked");
    };
    let left = Worth { refresh: 200, access_token: false, refresh_token: true, userinfo: 401, gate: 401 };
    try_taking(revoke, &left).await;
}

/// Nothing is revoked: what the list lets in again goes on where it was.
#[tokio::test]
async fn by_closing_the_server_to_others() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let (ctx, actor, id) = (app.ctx(), TestApp::actor(), customer.application.id);
        let tokens = customer.tokens(app, EVERYTHING).await;
        servers::admit(ctx, &actor, "default", world.other.id).await.expect("is listed");
        servers::edit(ctx, &actor, "default", input(json!({"open_to": "listed"}))).await.expect("is closed");
        assert_eq!(asked(app, &customer, &tokens).await, (false, false, 401), "at once");
        app.poll_changes_now().await;
        assert_eq!(worth(app, &customer, &tokens).await, NOTHING);
        let ask = async |by| customer::ask(app, by, "client_credentials", &[]).await;
        let code = customer.allow(app, EVERYTHING).await;
        let refused = [ask(&world.service).await, customer.redeem(app, &code).await];
        for (status, answer) in refused {
            assert_eq!((status, &answer["error"]), (400, &json!("unauthorized_client")), "{answer}");
        }
        assert_ne!(ask(&world.other).await.1["error"], "unauthorized_client", "the list lets it in");
        servers::admit(ctx, &actor, "default", id).await.expect("is listed");
        app.poll_changes_now().await;
        assert_eq!(customer.redeem(app, &code).await.0, 200, "nothing was used up");
        assert_eq!(worth(app, &customer, &tokens).await, GOOD);
        servers::exclude(ctx, &actor, "default", id).await.expect("is off the list");
        app.poll_changes_now().await;
        assert_eq!(asked(app, &customer, &tokens).await, (false, false, 401));
    })
    .await;
}

/// What does not outlive a session ends with it, the rest goes on.
#[tokio::test]
async fn by_signing_out_of_the_session() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let online = customer.tokens(app, "openid public_api.read").await;
        let offline = customer.tokens(app, EVERYTHING).await;
        assert_eq!(userinfo(app, &online["access_token"]).await.0, 200);
        let session = customer.session_id;
        sessions::end(app.ctx(), &TestApp::actor(), customer.user_id, session).await.expect("ends");
        assert_eq!(userinfo(app, &online["access_token"]).await.0, 401);
        assert_eq!(worth(app, &customer, &offline).await, GOOD);
    })
    .await;
}
