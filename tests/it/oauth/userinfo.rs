//! `GET|POST /oauth2/{server}/v1/userinfo` (OpenID Connect Core §5.3, RFC 6750).

use gatehouse_core::jose::verify::KeySet;
use gatehouse_core::oauth::grant::Grant;
use gatehouse_server::actions::applications;
use gatehouse_server::actions::keys::add_missing;
use serde_json::{Value, json};

use super::userinfo;
use crate::support::customer::{CHALLENGE, Customer, EVERYTHING};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

const PATH: &str = "/oauth2/default/v1/userinfo";

/// Status, `WWW-Authenticate`, `error`.
async fn refused(request: reqwest::RequestBuilder) -> (u16, String, String) {
    let answer = request.send().await.expect("an answer");
    let challenge = answer.headers().get("www-authenticate").map_or("", |line| line.to_str().expect("text")).to_owned();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("JSON");
    (status, challenge, body["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn says_what_the_scopes_allow() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let (status, body) = userinfo(app, &tokens["access_token"]).await;
        let updated_at = body["updated_at"].clone();
        let whole = json!({
            "sub": customer.user_id, "name": "Cora", "zoneinfo": "Etc/UTC", "updated_at": updated_at,
            "email": "customer@example.com", "email_verified": true,
        });
        assert_eq!((status, &body), (200, &whole));
        let narrow = customer.tokens(app, "openid email").await;
        let some = json!({"sub": customer.user_id, "email": "customer@example.com", "email_verified": true});
        assert_eq!(userinfo(app, &narrow["access_token"]).await, (200, some));

        let token = tokens["access_token"].as_str().expect("a token");
        let by_body = app.request("POST", PATH).form(&[("access_token", token)]).send().await.expect("an answer");
        assert_eq!(by_body.headers()["cache-control"], "no-store");
        assert_eq!(by_body.json::<Value>().await.expect("JSON"), whole);
        let by_header = app.request("POST", PATH).header("authorization", format!("bEARER {token}")).send().await;
        assert_eq!(by_header.expect("an answer").json::<Value>().await.expect("JSON"), whole);
    })
    .await;
}

/// Only what the application is approved for, whatever it names.
#[tokio::test]
async fn says_what_was_asked_for_by_name() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let claims =
            json!({"userinfo": {"email": null, "phone_number": null, "role": null}, "id_token": {"name": null}});
        let grant = Grant { claims: Some(claims.to_string()), ..customer.grant(app, "openid") };
        let code = customer.code(app, &grant, Some(CHALLENGE)).await;
        let (_, tokens) = customer.redeem(app, &code).await;
        let expected = json!({"sub": customer.user_id, "email": "customer@example.com"});
        assert_eq!(userinfo(app, &tokens["access_token"]).await, (200, expected));
        let change = input(json!({"sign_in_scopes": ["openid"]}));
        applications::change(app.ctx(), &TestApp::actor(), customer.application.id, change).await.expect("changes");
        assert_eq!(userinfo(app, &tokens["access_token"]).await, (200, json!({"sub": customer.user_id})), "at once");
    })
    .await;
}

#[tokio::test]
async fn signs_for_who_wants_it() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let change = input(json!({"userinfo_signed_response_alg": "ES256", "subject_type": "pairwise"}));
        applications::change(app.ctx(), &TestApp::actor(), customer.application.id, change).await.expect("changes");
        add_missing(app.ctx(), &TestApp::actor()).await.expect("keys");
        app.poll_changes_now().await;
        let tokens = customer.tokens(app, "openid email").await;
        let token = tokens["access_token"].as_str().expect("a token");
        let answer = app.request("GET", PATH).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "application/jwt");
        let text = answer.text().await.expect("a token");
        let keys: Value = app.get("/oauth2/default/v1/keys").await.json().await.expect("JSON");
        let keys: Vec<_> = keys["keys"].as_array().expect("keys").iter().map(|key| input(key.clone())).collect();
        let keys = KeySet::new(&keys).expect("keys");
        let signed: Value = serde_json::from_slice(&keys.verify(&text, "JWT").expect("is signed")).expect("JSON");
        let id_token = keys.verify(tokens["id_token"].as_str().expect("a token"), "JWT").expect("is signed");
        let id_token: Value = serde_json::from_slice(&id_token).expect("JSON");
        let expected = json!({
            "iss": format!("{}/oauth2/default", app.base), "aud": customer.application.client_id,
            "sub": id_token["sub"], "email": "customer@example.com", "email_verified": true,
        });
        assert_eq!(signed, expected);
        let claims = keys.verify(&text, "at+jwt");
        assert!(claims.is_err(), "never an access token");
    })
    .await;
}

#[tokio::test]
async fn refuses_as_rfc_6750_says() {
    on_each_engine(async |app: &TestApp| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let tokens = customer.tokens(app, EVERYTHING).await;
        let token = tokens["access_token"].as_str().expect("a token");
        let get = || app.request("GET", PATH);
        let post = || app.request("POST", PATH);
        let alone = (401, r#"Bearer realm="Gatehouse""#.to_owned(), "invalid_token".to_owned());
        assert_eq!(refused(get()).await, alone);
        assert_eq!(refused(post().form(&[("access_token", "")])).await, alone);
        assert_eq!(refused(get().form(&[("access_token", token)])).await, alone, "a body of GET is none");

        let own = super::ask(app, "token", &world.service, &[("grant_type", "client_credentials")]).await.1;
        let own = own["access_token"].as_str().expect("a token");
        let id_token = tokens["id_token"].as_str().expect("a token");
        for bad in ["x", "a.b.c", id_token, own, &token[..token.len() - 1]] {
            let (status, challenge, error) = refused(get().bearer_auth(bad)).await;
            assert_eq!((status, error.as_str()), (401, "invalid_token"), "{bad}");
            assert!(challenge.contains(r#"error="invalid_token", error_description=""#), "{challenge}");
        }
        let twice = post().bearer_auth(token).form(&[("access_token", token)]);
        let two_lines = get().header("authorization", "Bearer x").header("authorization", "Bearer y");
        let in_address = app.request("GET", &format!("{PATH}?access_token={token}"));
        let basic = get().basic_auth("a", Some("b"));
        for bad in [twice, two_lines, in_address, basic] {
            let (status, challenge, error) = refused(bad).await;
            assert_eq!((status, error.as_str()), (400, "invalid_request"));
            assert!(challenge.contains(r#"error="invalid_request""#), "{challenge}");
        }
        let without = customer.tokens(app, "profile public_api.read").await;
        let without = without["access_token"].as_str().expect("a token");
        let (status, challenge, error) = refused(get().bearer_auth(without)).await;
        assert_eq!((status, error.as_str()), (403, "insufficient_scope"));
        assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
        assert_eq!(app.request("PUT", PATH).send().await.expect("an answer").status().as_u16(), 405);
        app.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(refused(get().bearer_auth(token)).await.0, 401, "expired");
    })
    .await;
}
