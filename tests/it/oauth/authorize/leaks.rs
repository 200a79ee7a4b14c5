//! What an application must not learn, or do with a person's browser, before somebody has let it.

use gatehouse_core::secret::Secret;
use gatehouse_server::actions::{applications, entitlements};
use serde_json::{Value, json};

use super::{CUSTOMER, customer};
use crate::login::person;
use crate::support::authorize::request;
use crate::support::browser::Browser;
use crate::support::customer::REDIRECT_URI;
use crate::support::world::{Client, input};
use crate::support::{TestApp, on_each_engine};

/// An iframe could ask for one account after the other, and for who has a second factor.
#[tokio::test]
async fn nobody_is_told_apart_before_they_allow_anything() {
    let app = TestApp::sqlite().await;
    let (_, customer) = customer(&app).await;
    person(&app, "ann@example.com").await;
    let sub = json!({"id_token": {"sub": {"value": customer.user_id}}}).to_string();
    let acr = json!({"id_token": {"acr": {"essential": true, "value": "urn:gatehouse:acr:2fa"}}}).to_string();
    for claims in [&sub, &acr] {
        let link = request(&customer.application, &[("scope", "openid"), ("prompt", "none"), ("claims", claims)]);
        for email in [CUSTOMER, "ann@example.com"] {
            let answer = app.browser(email).await.get(&link).await.answer();
            assert_eq!(answer["error"], "consent_required", "{email} {claims}");
        }
    }
    // Whoever allowed it is known to it.
    let browser = app.browser("ann@example.com").await;
    browser.allow(&request(&customer.application, &[("scope", "openid")])).await;
    let link = request(&customer.application, &[("scope", "openid"), ("prompt", "none"), ("claims", &sub)]);
    assert_eq!(browser.get(&link).await.answer()["error"], "login_required", "somebody else");
}

/// Claims that the application could not have then are not in what it was allowed.
#[tokio::test]
async fn what_is_approved_later_is_asked_later() {
    on_each_engine(async |app: &TestApp| {
        let (_, customer) = customer(app).await;
        let scopes = async |names: &[&str]| {
            let change = input(json!({"sign_in_scopes": names}));
            let id = customer.application.id;
            applications::change(app.ctx(), &TestApp::actor(), id, change).await.expect("changed");
            app.poll_changes_now().await;
        };
        scopes(&["openid", "offline_access"]).await;
        let claims = r#"{"userinfo":{"email":null,"name":null},"id_token":{"email":null}}"#;
        let asked = [("scope", "openid offline_access"), ("claims", claims)];
        let code = app.browser(CUSTOMER).await.code(&request(&customer.application, &asked)).await;
        let (status, tokens) = customer.redeem(app, &Secret::new(code)).await;
        assert_eq!(status, 200, "{tokens}");
        scopes(&["openid", "email", "profile", "offline_access"]).await;
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("a token"));
        let asked = app.request("GET", "/oauth2/default/v1/userinfo").header("authorization", bearer);
        let told: Value = asked.send().await.expect("an answer").json().await.expect("claims");
        assert_eq!(told.as_object().expect("claims").keys().collect::<Vec<_>>(), ["sub"], "{told}");
    })
    .await;
}

/// Its redirect URIs were seen by nobody, and with `prompt=none` nobody sees a page.
#[tokio::test]
async fn an_application_without_access_sends_nobody_anywhere() {
    let app = TestApp::sqlite().await;
    let (world, _) = customer(&app).await;
    let (ctx, actor) = (app.ctx(), TestApp::actor());
    let of = applications::find(ctx, &actor, world.service.id).await.expect("an application").organization_id;
    let new = json!({
        "organization_id": of, "name": "Innocent", "type": "web",
        "redirect_uris": [REDIRECT_URI],
    });
    let made = applications::create(ctx, &actor, input(new)).await.expect("an application");
    let client = Client { id: made.id, client_id: made.client_id, ..world.service.clone() };
    for prompt in ["none", ""] {
        let answer = Browser::new(&app).get(&request(&client, &[("prompt", prompt)])).await;
        assert_eq!((answer.status, answer.location.as_str()), (400, ""), "{prompt}");
    }
    entitlements::grant(ctx, &actor, made.id, input(json!({"api": "results"}))).await.expect("an entitlement");
    app.poll_changes_now().await;
    let answer = Browser::new(&app).get(&request(&client, &[("scope", "public_api.read"), ("prompt", "none")])).await;
    assert_eq!(answer.answer()["error"], "login_required");
}

#[tokio::test]
async fn odd_names_of_servers_are_names_of_none() {
    let app = TestApp::sqlite().await;
    let _ = customer(&app).await;
    let browser = app.browser(CUSTOMER).await;
    for name in ["%ff", "%00", "a%0d%0aX:1", "x%3fy", "%2f%2fevil.example"] {
        for path in ["authorize", "logout", "keys", "userinfo"] {
            let answer = browser.get(&format!("/oauth2/{name}/v1/{path}")).await;
            assert!((400..500).contains(&answer.status), "{name} {path}: {}", answer.status);
        }
        for path in ["token", "introspect", "revoke", "device/authorize", "logout", "authorize"] {
            let answer = browser.post(&format!("/oauth2/{name}/v1/{path}"), &[("a", "b")]).await;
            let stays = answer.location.is_empty() || answer.location.starts_with("/oauth2/");
            assert!(answer.status < 500 && stays, "{name} {path}: {} {}", answer.status, answer.location);
        }
    }
}
