//! `POST /oauth2/{server}/v1/introspect` (RFC 7662).

use futures_util::future::join_all;
use gatehouse_core::id::ApiId;
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_server::actions::{apis, applications};
use gatehouse_store::testing::{hide, shown};
use serde_json::{Value, json};

use super::ask;
use crate::support::customer::{Customer, EVERYTHING};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

/// A credential of an API: client id and secret.
type Credential = (String, Secret);

async fn results_api(app: &TestApp) -> ApiId {
    apis::get_by_slug(app.ctx(), "results").await.expect("the API").id
}

async fn credential(app: &TestApp, api: ApiId) -> Credential {
    let new = input(json!({"name": "gateway"}));
    let (made, secret) = apis::create_credential(app.ctx(), &TestApp::actor(), api, new).await.expect("a credential");
    (made.id.to_string(), secret)
}

/// A question of an API, with its credential in the header.
async fn ask_as_api(app: &TestApp, (id, secret): &Credential, token: &str) -> (u16, Value) {
    let request = app.request("POST", "/oauth2/default/v1/introspect").basic_auth(id, Some(secret.expose()));
    let answer = request.form(&[("token", token)]).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn inactive() -> (u16, Value) {
    (200, json!({"active": false}))
}

#[tokio::test]
async fn an_application_asks_about_its_own_tokens() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        let (access, refresh, id_token) = (text("access_token"), text("refresh_token"), text("id_token"));
        let own = &customer.application;

        let (status, body) = ask(app, "introspect", own, &[("token", &access)]).await;
        let now = app.ctx().now().as_secs();
        assert_eq!(status, 200);
        let jti = body["jti"].clone();
        let expected = json!({
            "active": true, "scope": EVERYTHING, "client_id": own.client_id, "token_type": "Bearer",
            "exp": now + 3_600, "iat": now, "nbf": now, "sub": customer.user_id, "uid": customer.user_id,
            "aud": "api://results", "iss": format!("{}/oauth2/default", app.base), "jti": jti,
        });
        assert_eq!(body, expected);
        let (_, body) = ask(app, "introspect", own, &[("token", &refresh), ("token_type_hint", "access_token")]).await;
        let expected = json!({
            "active": true, "scope": EVERYTHING, "client_id": own.client_id, "exp": now + 30 * 86_400, "iat": now,
            "sub": customer.user_id, "iss": format!("{}/oauth2/default", app.base),
        });
        assert_eq!(body, expected);

        let unknown = mint("gh", SecretKind::RefreshToken, app.ctx().random());
        let cut = &access[..access.len() - 1];
        for token in [id_token.as_str(), unknown.expose(), cut, "x", "a.b.c", &"x".repeat(20_000)] {
            assert_eq!(ask(app, "introspect", own, &[("token", token)]).await, inactive(), "{token}");
        }
        for token in [&access, &refresh] {
            let of_another = ask(app, "introspect", &world.service, &[("token", token)]).await;
            assert_eq!(of_another, inactive(), "another client's");
        }
        app.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(ask(app, "introspect", own, &[("token", &access)]).await, inactive(), "expired");
        let (status, rotated) = customer.refresh(app, &tokens["refresh_token"]).await;
        assert_eq!(status, 200, "{rotated}");
        assert_eq!(ask(app, "introspect", own, &[("token", &refresh)]).await, inactive(), "used");
    })
    .await;
}

#[tokio::test]
async fn a_pairwise_subject_stays_the_only_name() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let change = input(json!({"subject_type": "pairwise"}));
        applications::change(app.ctx(), &TestApp::actor(), customer.application.id, change).await.expect("changes");
        app.poll_changes_now().await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        for name in ["access_token", "refresh_token"] {
            let token = tokens[name].as_str().expect("a token");
            let (_, body) = ask(app, "introspect", &customer.application, &[("token", token)]).await;
            assert_eq!(body["active"], true);
            assert_eq!(body["sub"].as_str().expect("a subject").len(), 43);
            assert!(!body.to_string().contains(&customer.user_id.to_string()), "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_api_asks_about_tokens_for_it() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let (ctx, actor) = (app.ctx(), &TestApp::actor());
        let api = results_api(app).await;
        let own = credential(app, api).await;
        let mut other = serde_json::from_str::<Value>(gatehouse_server::results::OPENAPI).expect("a document");
        other["paths"] = json!({"/other/{id}": {"get": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "security": [{"oauth": ["other:read"]}], "responses": {"200": {"description": "One"}},
        }}});
        let text = other.to_string().replace("public_api.read", "other:all").replace("studies:read", "other:read");
        let document: Value = serde_json::from_str(&text).expect("a document");
        let new = json!({"document": document, "audience": "api://other", "slug": "other"});
        let foreign = apis::create(ctx, actor, input(new)).await.expect("an API").id;
        let foreign = credential(app, foreign).await;

        let tokens = customer.tokens(app, EVERYTHING).await;
        let access = tokens["access_token"].as_str().expect("a token");
        let (status, body) = ask_as_api(app, &own, access).await;
        assert_eq!((status, &body["active"]), (200, &json!(true)), "{body}");
        assert_eq!(body["scope"], "public_api.read", "an API learns of its own scopes alone");
        assert_eq!(ask_as_api(app, &foreign, access).await, inactive(), "not its audience");
        let refresh = tokens["refresh_token"].as_str().expect("a token");
        assert_eq!(ask_as_api(app, &own, refresh).await, inactive(), "refresh tokens are not for APIs");
        let sign_in = customer.tokens(app, "openid profile").await;
        let sign_in = sign_in["access_token"].as_str().expect("a token");
        assert_eq!(ask_as_api(app, &own, sign_in).await, inactive(), "for the server alone");

        let wrong = (own.0.clone(), mint("gh", SecretKind::ApiCredential, ctx.random()));
        for bad in [wrong, (foreign.0.clone(), own.1.clone()), (customer.application.client_id.clone(), own.1.clone())]
        {
            let (status, body) = ask_as_api(app, &bad, access).await;
            assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{body}");
        }
        apis::revoke_credential(ctx, actor, (api, own.0.parse().expect("an id"))).await.expect("is revoked");
        let (status, body) = ask_as_api(app, &own, access).await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "at once: {body}");
    })
    .await;
}

#[tokio::test]
async fn who_proves_nothing_learns_nothing() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let access = tokens["access_token"].as_str().expect("a token");
        let id = customer.application.client_id.as_str();
        let cases = [
            (401, "invalid_client", vec![("token", access)]),
            (401, "invalid_client", vec![("token", access), ("client_id", id)]),
            (401, "invalid_client", vec![("token", access), ("client_id", id), ("client_secret", "x")]),
            (400, "invalid_request", vec![("client_id", id), ("client_secret", customer.application.secret.expose())]),
        ];
        for (status, error, form) in cases {
            let answer = app.request("POST", "/oauth2/default/v1/introspect").form(&form).send().await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.status().as_u16(), status, "{form:?}");
            let body: Value = answer.json().await.expect("JSON");
            assert_eq!(body["error"], error, "{form:?}");
        }
        for path in ["/oauth2/default/v1/introspect?token=x", "/oauth2/nowhere/v1/introspect"] {
            let body = [("token", "x"), ("client_id", id), ("client_secret", "x")];
            let status = app.request("POST", path).form(&body).send().await.expect("an answer").status().as_u16();
            assert!([400, 404].contains(&status), "{path}: {status}");
        }
        assert_eq!(app.get("/oauth2/default/v1/introspect").await.status().as_u16(), 405);
    })
    .await;
}

/// Questions that come together share the look at what has changed; without a look there is no answer.
#[tokio::test]
async fn looks_before_it_answers() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let access = tokens["access_token"].as_str().expect("a token");
        let own = &customer.application;
        ask(app, "introspect", own, &[("token", access)]).await;
        let before = app.ctx().db.statements().reads;
        let form = [("token", access)];
        let together = (0..50).map(|_| ask(app, "introspect", own, &form));
        for (status, body) in join_all(together).await {
            assert_eq!((status, &body["active"]), (200, &json!(true)));
        }
        let reads = app.ctx().db.statements().reads - before;
        assert!((1..=50).contains(&reads), "{reads} statements, one for a look that finds nothing");

        hide(&app.ctx().db, "changes_head").await;
        let (status, body) = ask(app, "introspect", own, &[("token", access)]).await;
        assert_eq!(status, 500, "nobody knows what has been taken away: {body}");
        shown(&app.ctx().db, "changes_head").await;
        assert_eq!(ask(app, "introspect", own, &[("token", access)]).await.1["active"], true);
    })
    .await;
}
